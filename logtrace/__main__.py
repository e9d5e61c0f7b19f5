"""`python -m logtrace`, and the entry point of the program."""

import gc
import sys

from logtrace import cli

__all__ = ["main"]


def main() -> int:
    """Runs the command line of the process and gives its exit code."""
    code = cli.main()
    gc.freeze()  # at its end Python looks for circles among all that is left, which goes with the process anyway: 15 ms
    return code


if __name__ == "__main__":
    sys.exit(main())
