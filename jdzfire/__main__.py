"""``python -m jdzfire``: the command line."""

from jdzfire.cli import main

if __name__ == "__main__":
    main()
