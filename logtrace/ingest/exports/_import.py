"""What a format of exported traces is: how a file of it begins, and how it is cut into lines that ingest reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from logtrace.ingest.exports.json_parts import Read

HEAD = 1 << 16
"""So many of the first bytes tell a format."""


class Import(NamedTuple):
    """A format.

    begins      whether a file with such first bytes, white space left out, is of this format
    lines       the file in lines, each of which is JSON of one span (or log record); raises BrokenError
    """

    name: str
    about: str
    begins: Callable[[bytes], bool]
    lines: Callable[[Read], Iterator[bytes]]


def one_line(text: bytes) -> bytes:
    """JSON without line ends: in JSON they stand between values only."""
    return text.replace(b"\r", b" ").replace(b"\n", b" ") if b"\n" in text or b"\r" in text else text
