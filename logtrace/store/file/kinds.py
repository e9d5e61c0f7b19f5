"""What kind of value a column may hold, told by its name: where rows of a store become values, one of another kind is damage.

SQLite keeps whatever it is given, and gives whatever damaged pages hold: where a time should be there may be a text.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from logtrace.patterns import lazy_pattern
from logtrace.store.file.schema import TABLES

_CLASSES: dict[str, set[type]] = {"INTEGER": {int}, "REAL": {float, int}, "TEXT": {str}, "BLOB": {bytes}}
_WORDS = {int: "a whole number", float: "a fraction", str: "a text", bytes: "bytes"}
_ANY = {"lines", "value"}
"""Columns that hold values of several kinds, in one table or another."""

_COMMENT = lazy_pattern(r"--.*")
_TABLE = lazy_pattern(r"CREATE TABLE (\w+) \((.*?)\)(?: WITHOUT ROWID)?;", re.DOTALL)
_COLUMN = lazy_pattern(rf"\b(\w+) ({'|'.join(_CLASSES)})\b")
_ASKED = lazy_pattern(r"\b(?:FROM|JOIN) (\w+)")


class Kinds:
    """What the values in the rows of a question may be, by the names of its columns. Names that the schema does not have are
    not judged. Nothing may be anywhere: a question itself can put it there.

    fitting     the kinds of the values of whole rows that may be such, as far as there were any
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.fitting: set[tuple[type, ...]] = set()
        self._names = names

    def wrong(self, kinds: tuple[type, ...], sql: str) -> str:
        """What is wrong with the kinds of a row's values, for a sentence; "" where nothing is: then they are fitting."""
        for name, kind in zip(self._names, kinds, strict=True):
            wanted = _columns().get(name)
            if wanted and kind not in wanted and kind in _WORDS:
                return f"{name} of {_table(name, sql)} is {_WORDS[kind]}"
        self.fitting.add(kinds)
        return ""


@lru_cache(1_000)
def kinds_of(names: tuple[str, ...]) -> Kinds:
    """Those of a question with such columns."""
    return Kinds(names)


@cache
def _columns() -> dict[str, set[type]]:
    """Column → the kinds it has in any table."""
    found: dict[str, set[type]] = {}
    for columns in _tables().values():
        for name, kind in columns.items():
            found[name] = found.get(name, set()) | _CLASSES[kind]
    return {name: kinds for name, kinds in found.items() if name not in _ANY}


@cache
def _tables() -> dict[str, dict[str, str]]:
    """Table → column → type, as the schema has them."""
    return {name: dict(_COLUMN.findall(body)) for name, body in _TABLE.findall(_COMMENT.sub("", TABLES))}


def _table(column: str, sql: str) -> str:
    """The table that a column is of, in a question; of several that have it any may be meant."""
    asked = dict.fromkeys(_ASKED.findall(sql))
    return " or ".join(name for name in asked if column in _tables().get(name, ())) or "the store"
