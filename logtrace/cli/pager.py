"""A pager on a terminal: PAGER, else less, which leaves at once where all fits on the screen."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

LESS = {"LESS": "FRX"}
"""Leave if one screen is enough, let colours pass, keep the text on the screen: what people know from git."""


@contextmanager
def paged() -> Iterator[IO[str]]:
    """The pager's input; stdout itself where there is no pager. Leaving the pager early is no error."""
    command = shlex.split(os.environ.get("PAGER", "less"))
    if not command or not shutil.which(command[0]):
        yield sys.stdout
        return
    sys.stdout.flush()
    pager = subprocess.Popen(command, stdin=subprocess.PIPE, encoding="utf-8", errors="backslashreplace", env=LESS | os.environ)
    assert pager.stdin is not None
    try:
        yield pager.stdin
    finally:
        with suppress(BrokenPipeError):
            pager.stdin.close()
        _wait(pager)


def _wait(pager: subprocess.Popen[str]) -> None:
    """Until the reader leaves; Ctrl-C is the pager's own business."""
    while True:
        with suppress(KeyboardInterrupt):
            pager.wait()
            return
