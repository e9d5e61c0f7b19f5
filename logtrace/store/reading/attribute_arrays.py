"""The attributes of very many spans as arrays: which value each row has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from logtrace.columns import AttributeColumn
from logtrace.model import plain_key
from logtrace.store.reading.arrays import Window, joined, whole_numbers
from logtrace.store.reading.reader import FragmentReader

if TYPE_CHECKING:
    from logtrace.columns import Ints

_INTERNED = "attributes <> '[]' AND instr(attributes, '\"') = 0"
_INLINE = "instr(attributes, '[\"') > 0"
_END = -1
_plain_key = lru_cache(10_000)(plain_key)


def attribute_column(reader: FragmentReader, key: str, window: Window) -> AttributeColumn:
    """The values of one key (see model.plain_key) that the rows of a window have, each row's first."""
    import numpy as np

    plain = plain_key(key)
    known = dict(reader.run("SELECT id, value FROM attribute WHERE plain = ?", (plain,)))
    codes: dict[str, int] = {}
    table = np.full(1 + max(known, default=0), -1)
    for number, text in known.items():
        table[number] = codes.setdefault(text, len(codes))
    rows, found = _interned(reader, window, table) if known else (np.empty(0, np.int64),) * 2
    inline = [(row, codes.setdefault(text, len(codes))) for row, text in _mixed_rows(reader, window, plain, known)]
    more = np.array(inline, np.int64).reshape(-1, 2).T
    return AttributeColumn(
        np.concatenate([rows, more[0]]), np.concatenate([found, more[1]]), [orjson.loads(text) for text in codes]
    )


def codes_of(column: AttributeColumn, row: Ints) -> Ints:
    """The code of each of some rows (ascending), -1 where a row has no value."""
    import numpy as np

    found = np.full(len(row), -1)
    if len(row):
        place = np.minimum(np.searchsorted(row, column.row), len(row) - 1)
        there = row[place] == column.row
        found[place[there]] = column.code[there]
    return found


def _interned(reader: FragmentReader, window: Window, table: Ints) -> tuple[Ints, Ints]:
    """(row, code) of rows all of whose attributes are numbers; `table` has the code of each number, -1 for others."""
    import numpy as np

    rows, found = [], []
    for ids, refs, ends in interned_refs(reader, window.sql, window.values):
        code = table[np.minimum(refs >> 2, len(table) - 1)]
        code[refs >> 2 >= len(table)] = -1
        places = np.flatnonzero(code >= 0)
        row, first = np.unique(ends[places], return_index=True)
        rows.append(ids[row])
        found.append(code[places[first]])
    return (np.concatenate(rows), np.concatenate(found)) if rows else (np.empty(0, np.int64), np.empty(0, np.int64))


def interned_refs(reader: FragmentReader, where: str, values: dict[str, Any]) -> Iterator[tuple[Ints, Ints, Ints]]:
    """(ids of rows, references as in store.rows.of_fragments, place of the row of each reference), run by run, of rows all of
    whose attributes are numbers."""
    import numpy as np

    sql = f"SELECT group_concat(id), group_concat(attributes) FROM span WHERE {where} AND {_INTERNED}"
    for ids, texts in joined(reader, sql, values):
        if ids is not None:
            refs = whole_numbers(reader, texts.replace("[", "").replace("]", f",{_END}"))
            ends = refs == _END
            yield whole_numbers(reader, ids), refs[~ends], np.cumsum(ends)[~ends]


def _mixed_rows(reader: FragmentReader, window: Window, plain: str, known: dict[int, str]) -> Iterator[tuple[int, str]]:
    """(row, JSON value) of the rows that keep some attributes in themselves."""
    for row, text in reader.stream(f"SELECT id, attributes FROM span WHERE {window.sql} AND {_INLINE}", window.values):
        for ref in orjson.loads(text):
            if ref.__class__ is int:
                if ref >> 2 in known:
                    yield row, known[ref >> 2]
                    break
            elif _plain_key(ref[0]) == plain:
                yield row, orjson.dumps(ref[1]).decode()
                break


class AttributeTriples(NamedTuple):
    """All attributes of some rows: `place` says which of the rows has which of `pairs` (key, JSON value)."""

    place: Ints
    code: Ints
    pairs: list[tuple[str, Any]]


def attribute_triples(reader: FragmentReader, rows: Ints) -> AttributeTriples:
    """Every attribute of some rows (ascending ids)."""
    import numpy as np

    sql = "SELECT s.attributes FROM json_each(?) j CROSS JOIN span s ON s.id = j.value"
    texts = [text for (text,) in reader.stream(sql, (orjson.dumps(rows.tolist()).decode(),))]
    lists: list[list[Any]] = orjson.loads(f"[{','.join(texts)}]")
    inline: dict[tuple[str, str], int] = {}
    refs = (
        ref >> 2 if ref.__class__ is int else ~inline.setdefault((ref[0], orjson.dumps(ref[1]).decode()), len(inline))
        for ref in chain.from_iterable(lists)
    )
    codes = np.fromiter(refs, np.int64)
    known, code = np.unique(codes, return_inverse=True)
    ids = orjson.dumps([number for number in known.tolist() if number >= 0]).decode()
    sql = "SELECT a.id, a.key, a.value FROM json_each(?) j CROSS JOIN attribute a ON a.id = j.value"
    interned = {number: (key, value) for number, key, value in reader.stream(sql, (ids,))}
    kept = list(inline)
    pairs = [kept[~number] if number < 0 else interned[number] for number in known.tolist()]
    place = np.repeat(np.arange(len(lists)), [len(each) for each in lists])
    return AttributeTriples(place, code, [(key, orjson.loads(value)) for key, value in pairs])
