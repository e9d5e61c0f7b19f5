"""Lines that hold several JSON objects and nothing else."""

from __future__ import annotations

from typing import Any

import orjson

from logtrace.ingest import envelopes
from logtrace.patterns import lazy_pattern

CR_ONLY = r"lines that end in CR only (`tr '\r' '\n'` makes them lines)"
"""Why a line of them is rejected: what reads a file, and what finds a line again, counts newlines."""

_BEGIN_AGAIN = lazy_pattern(rb'\r(?:\{"|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:|<\d{1,3}>|time=|ts=|level=)')
_MANY = 2


def is_many(line: bytes) -> bool:
    """Whether a line is many that end in carriage returns alone, as old Macs and some exports write them."""
    return b"\r" in line and len(_BEGIN_AGAIN.findall(line)) >= _MANY


def array_in(text: str) -> list[dict[str, Any]]:
    """The objects of a JSON array that holds nothing else, or arrays of such (a query's answer); none of any other text."""
    if text[:1] != "[" or text[-1:] != "]":
        return []
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    if found and all(member.__class__ is list for member in found):
        found = [inner for member in found for inner in member]
    return found if all(member.__class__ is dict for member in found) else []


def frames_in(line: bytes) -> list[dict[str, Any]]:
    """The objects of a line that end in NUL, as GELF over TCP parts them; none where anything else stands there."""
    found = [envelopes.decoded(piece.decode("utf-8", "replace")) for piece in line.strip(b"\0 ").split(b"\0")]
    return [] if None in found else found  # type: ignore[return-value]
