"""What is piped in."""

from __future__ import annotations

import sys
from typing import TextIO

from logtrace.errors import InputError

STDIN = "-"
"""What people write for it."""


def stdin() -> TextIO:
    """The standard input. Raises InputError where the program was started without one."""
    if sys.stdin is None:
        raise InputError("stdin is closed: nothing is piped in", "pipe it in, or name a file in place of -")
    return sys.stdin
