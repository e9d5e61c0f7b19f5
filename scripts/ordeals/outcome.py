"""What came of an ordeal."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """So many of something were done. troubles: what went wrong, a sentence each; left_out: what could not be done here."""

    count: int
    what: str
    troubles: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
