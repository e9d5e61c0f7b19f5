"""`python -m logtrace`, and the entry point of the program."""

import gc
import sys


def main() -> int:
    """Runs the command line of the process and gives its exit code."""
    gc.set_threshold(100_000, 50, 50)  # large traces are trees that reference counts free: looking for circles is a quarter
    from logtrace import cli  # what an import makes stays as well: 2 ms

    code = cli.main()
    gc.freeze()  # at its end Python looks for circles among all that is left, which goes with the process anyway: 15 ms
    return code


if __name__ == "__main__":
    sys.exit(main())
