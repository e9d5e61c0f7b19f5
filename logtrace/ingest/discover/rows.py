"""Records of a dialect as rows and columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from logtrace.ingest.columns.paths import leaves
from logtrace.ingest.vocabulary.readings import duration_in_text
from logtrace.ingest.vocabulary.ways import PARTING, inner_of, parts_of, path_of
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns, number_or_none

PART = "#"
"""Before the number of one of several ids put together in a text: `ids#2`."""

_SHORT_LIST, _DEEP = 6, 4
_NOTHING = (None, "", "-", "null", "none", "nil", "<nil>", "undefined", "n/a")
_HEX = lazy_pattern(r"(?:0x)?[0-9a-fA-F]{8,64}", re.ASCII)
_UUID = lazy_pattern(r"(\{)?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?(1)\})", re.ASCII)
_COMPOSED = lazy_pattern(rf"[0-9A-Za-z_]{{1,40}}(?:[{PARTING}][0-9A-Za-z_]{{0,40}}){{1,5}}", re.ASCII)
_LABELLED = lazy_pattern(r"[A-Za-z]{1,12}:", re.ASCII)
_TAG = lazy_pattern(r"[A-Za-z_]{1,20}:[\w-]{1,64}", re.ASCII)
_NAMED_ID = lazy_pattern(r"[A-Za-z_]{2,40}[@|~#/<>][0-9a-fA-F]{12,64}", re.ASCII)
_LONG_PART = 5
_TOKEN = lazy_pattern(r"[A-Za-z0-9][A-Za-z0-9_:./#+=-]{0,63}", re.ASCII)
_LONG_TOKEN = lazy_pattern(r"[A-Za-z0-9_-][A-Za-z0-9_/+-]{7,62}=*|[/+][A-Za-z0-9_/+-]{7,62}={1,2}", re.ASCII)
_ADDRESS = lazy_pattern(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:(?://)?[A-Za-z0-9_:/.-]{8,200}", re.ASCII)
_LAST_PARTS = 6


class Row(NamedTuple):
    """One record: its values by flat key (`ctx.ids.0`), and the service that its envelope or file tells."""

    values: dict[str, Any]
    service: str = ""


class Column:
    """All values under one key: `cells` by number of row, without those that say nothing (null, "", "-")."""

    def __init__(self, key: str, cells: dict[int, Any]) -> None:
        self.key = key
        self.cells = cells

    @cached_property
    def texts(self) -> dict[int, str]:
        return {row: str(value) for row, value in self.cells.items()}

    @cached_property
    def distinct(self) -> set[str]:
        return set(self.texts.values())

    @cached_property
    def strings(self) -> bool:
        """Whether all values are text."""
        return all(isinstance(value, str) for value in self.cells.values())

    @cached_property
    def numbers(self) -> bool:
        """Whether all values are numbers."""
        return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in self.cells.values())

    @cached_property
    def ids(self) -> bool:
        """Whether nearly all values may be ids (digits, or one word with digits in it), but for a word for no id at all. Of long
        words of one length, as base64 makes them, fewer need a digit."""
        odd = {str(value) for value in self.cells.values() if not may_be_id(value)}
        fitting = sum(may_be_id(value) for value in self.cells.values())
        return bool(self.cells) and fitting >= (0.5 if len(odd) == 1 or self._alike else 0.9) * len(self.cells)

    @property
    def _alike(self) -> bool:
        return len({len(text) for text in self.distinct}) == 1 and all(_LONG_TOKEN.fullmatch(text) for text in self.distinct)

    @cached_property
    def random(self) -> bool:
        """Whether values look like ids that were drawn at random: hexadecimal, UUIDs."""
        sample = list(self.distinct)[:50]
        return bool(sample) and sum(bool(_HEX.fullmatch(text) or _UUID.fullmatch(text)) for text in sample) >= 0.9 * len(sample)


def may_be_id(value: object) -> bool:
    """Whether one value may be an id."""
    if isinstance(value, (bool, float)):
        return False
    if isinstance(value, int):
        return value >= 0
    if not isinstance(value, str) or not (_TOKEN.fullmatch(value) or _UUID.fullmatch(value)):
        return False
    plain = len(value) >= 16 and not any(sign in value for sign in "./")  # others are names of loggers, paths
    return plain or any(sign.isdigit() for sign in value) or bool(_HEX.fullmatch(value))


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """The values of a record by flat key, as ways lead to them; short lists and texts that hold more are taken apart."""
    found: dict[str, Any] = {}
    for path in leaves(record, ()):
        value: Any = record
        for step in path:
            value = value[step]
        found.update(_cells(".".join(path), value))
    return found


def _cells(key: str, value: Any, depth: int = _DEEP) -> Iterator[tuple[str, Any]]:
    """The values in a value, as deep as anybody keeps ids; a list that is a time is one."""
    if not isinstance(value, (dict, list)) or instant_ns(value) is not None:
        if isinstance(value, str) and depth < _DEEP and key[-1].isdecimal() and _TAG.fullmatch(value):  # in a list
            yield f"{key}{PART}2", value.partition(":")[2]
            return
        yield key, value
        if isinstance(value, str) and depth == _DEEP:
            yield from _inner_cells(key, value)
    elif depth and len(value) <= _SHORT_LIST:
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _cells(f"{key}.{name}", inner, depth - 1)


def _inner_cells(key: str, text: str) -> Iterator[tuple[str, Any]]:
    """The pairs in a text, the members of the object that it is, the parts of ids put together, the last ones of an address."""
    inner = inner_of(text)
    if len(inner) > 1:
        for name, value in inner.items():
            yield from _cells(f"{key}.{name}", value, _DEEP - 1)
    elif _COMPOSED.fullmatch(text) and not _UUID.fullmatch(text) and instant_ns(text) is None and number_or_none(text) is None:
        parts = parts_of(text)
        long = sum(map(_is_long_id, parts))
        labelled = _LABELLED.match(text) is not None
        if long > 1 or (long and (len(parts) > 2 or labelled or _NAMED_ID.fullmatch(text))) or (labelled and _is_length(parts)):
            yield from ((f"{key}{PART}{number}", part) for number, part in enumerate(parts, 1))
    elif _ADDRESS.fullmatch(text) and instant_ns(text) is None:
        last = path_of(text)[: -_LAST_PARTS - 1 : -1]
        if any(map(_is_long_id, last)):
            yield from ((f"{key}{PART}-{number}", part) for number, part in enumerate(last, 1))


def _is_length(parts: Sequence[str]) -> bool:
    """Whether what a label stands before is a length of time."""
    return len(parts) == 2 and parts[1][:1].isdigit() and duration_in_text(parts[1]) is not None


def _is_long_id(part: str) -> bool:
    return len(part) >= _LONG_PART and may_be_id(part) and any(map(str.isdigit, part))


def columns_of(rows: Sequence[Row]) -> dict[str, Column]:
    """The columns of rows by key, in the order in which keys were met."""
    found: dict[str, dict[int, Any]] = {}
    for number, row in enumerate(rows):
        for key, value in row.values.items():
            cells = found.setdefault(key, {})
            if not (value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING)):
                cells[number] = value
    return {key: Column(key, cells) for key, cells in found.items()}
