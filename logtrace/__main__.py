"""`python -m logtrace`, and the entry point of the program."""

import sys

from logtrace.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
