"""``python -m jdzfire``."""

from jdzfire.cli import main

if __name__ == "__main__":
    main()
