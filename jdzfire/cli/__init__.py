"""The command line: ``jdzfire``. The only package that may import flows.

Exit codes: 0 done; 1 our fault; 2 usage or settings; 3 input unusable; 4 done but degraded.
With ``--json`` exactly one JSON document goes to stdout and everything else to stderr.
"""

from jdzfire.cli.app import app, main

__all__ = ["app", "main"]
