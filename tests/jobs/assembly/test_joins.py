"""Rows of one span that are put together as they stand become what their merged fragments give."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
from hypothesis import event, given, settings
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN
from logtrace.jobs.assembly import joins
from logtrace.model import Attribute, Rank, Role
from logtrace.reconstruct.spans.fragments import Fragment
from logtrace.reconstruct.spans.naming import operation_of
from logtrace.store.rows.fragments import fragment_of
from logtrace.store.rows.linerefs import MOST_NS, told
from logtrace.store.rows.of_fragments import Names, Row, row, shown_alone
from logtrace.store.rows.packed_lines import Bodies, Lines
from logtrace.store.rows.spanrows import SpanRows
from tests.jobs.assembly.test_plain import Operations
from tests.reconstruct.made import lines
from tests.strategies import examples, record, usual_spans

INTERNED = ("a", "ü")
"""Keys whose attributes have numbers; those of others stand in rows."""


class FakeReader:
    """What joining asks of a store."""

    def __init__(self) -> None:
        self.names = Operations()
        self.attributes: list[Attribute] = []
        self.known = Bodies()
        self.bodies: dict[int, str] = {}

    def operation(self, number: int) -> tuple[str, str, str]:
        return self.names.keys[number]

    def operation_id(self, key: tuple[str, str, str]) -> int:
        return self.names.number(key)

    def attribute_id(self, attribute: Attribute) -> int | None:
        if attribute.key not in INTERNED:
            return None
        if attribute not in self.attributes:
            self.attributes.append(attribute)
        return self.attributes.index(attribute)

    def attribute_key(self, number: int) -> str:
        return self.attributes[number].key

    def fragment_of(self, columns: Row) -> Fragment:
        return fragment_of(columns, Names(dict(enumerate(self.names.keys)), dict(enumerate(self.attributes)), {}, self.body))

    def attribute_pair(self, number: int) -> tuple[str, str]:
        return self.attributes[number].pair

    def body(self, _chunk: int, number: int) -> str:
        return self.bodies[number]

    def packed(self, columns: Row) -> Row:
        """The same row with its lines packed, where they can be."""
        base, told = [], orjson.loads(columns[13])
        if told and isinstance(told[0], int):
            base, told = told[:1], told[1:]
        if not told or any(line[2] is None or line[2] >= MOST_NS for line in told):
            return columns
        numbers = self.known.numbers([line[5] for line in told], np.array([line[0] for line in told]))
        self.bodies.update(zip(numbers.tolist(), (line[5] for line in told), strict=True))
        lines = Lines(*np.array([line[:5] for line in told], np.int64).T, numbers)
        stated = np.array([not base])
        return (*columns[:13], *lines.packed(np.array([len(told)]), np.array(base or [0]), stated), *columns[14:])

    def row(self, fragment: Fragment) -> Row:
        operation, rank = operation_of(fragment)
        return row(fragment, shown_alone(fragment), self.operation_id(operation), rank, self.attribute_id)


@st.composite
def halves(draw: st.DrawFn) -> list[Any]:
    """The records of a span in two parts; mostly a start here and an end there."""
    found = draw(usual_spans())
    cut = draw(st.integers(1, len(found) - 1))
    return draw(st.sampled_from([[found[:cut], found[cut:]], [found[cut:], found[:cut]], [found[::2], found[1::2] or found]]))


@settings(max_examples=examples(400))
@given(halves())
def test_two_rows_put_together_are_the_row_of_the_whole(parts):
    reader = FakeReader()
    fragments = [lines(*part) for part in parts]
    fragments = [reader.fragment_of(reader.row(fragment)) for fragment in fragments]  # as a store gives them back
    one, other = map(reader.row, fragments)
    wanted = joins._merged(reader, [1, 2], fragments)
    found = joins._pair(reader, one, other)
    event("as they stand" if found else "merged")
    assert found is None or found == wanted.row
    assert found is None or wanted.copies == 0
    packed = joins._pair(reader, *map(reader.packed, (one, other)))
    assert (packed is None) == (found is None)
    if packed is not None:
        assert told(packed[13], reader.body) == orjson.loads(wanted.row[13])
        assert (*packed[:13], packed[14]) == (*found[:13], found[14])


def test_a_start_here_and_an_end_there_are_not_decoded():
    reader = FakeReader()
    told = {"name": "op", "body": "x", "attributes": (Attribute("a", "1"), Attribute("b", '"y"'))}
    begun, ended = lines(record(1, Role.START, 0, **told)), lines(record(1, Role.END, 10, 10, error=2, **told))
    for pair in ((begun, ended), (ended, begun)):
        assert joins._pair(reader, *map(reader.row, pair)) is not None
    copied = lines(record(1, Role.START, 0, **told), record(1, Role.END, 10, 10, error=2, **told))
    assert joins._pair(reader, reader.row(begun), reader.row(copied)) is None, "it is whole already, and has a copy"


def test_nor_where_a_key_has_two_values():
    reader = FakeReader()
    begun = lines(record(1, Role.START, 0, name="op", attributes=(Attribute("a", "1"), Attribute("b", "2"), Attribute("c", "3"))))
    ended = lines(
        record(1, Role.END, 10, 10, name="op", attributes=(Attribute("a", "4"), Attribute("b", "5"), Attribute("d", "6")))
    )
    found = joins._pair(reader, reader.row(begun), reader.row(ended))
    assert found == joins._merged(reader, [1, 2], [begun, ended]).row
    assert orjson.loads(found[14]) == {"others": [["b", "2", 1], ["a", "1", 1]]}


SERVICES = ["api", "api", "db", "file"]
RANKS = st.sampled_from([Rank.OBSERVED, Rank.DERIVED, Rank.WEAK, Rank.GUESS])


@given(st.lists(st.tuples(*[st.integers(0, 1)] * 3, st.integers(0, 3), RANKS), max_size=12))
def test_parts_of_a_span_have_its_trace_its_id_and_its_service_or_none_that_is_named(drawn):
    columns = [(at, low, 5 * high, key, 0, operation, 0, 0, int(rank), *[0] * 4) for at, (low, high, key, operation, rank) in
               enumerate(drawn, 1)]  # fmt: skip
    columns.sort(key=lambda each: (each[1], each[0]))
    spans: dict[Any, list[tuple[int, str, bool]]] = {}
    for at, low, high, key, _, operation, _, _, rank, *_ in columns:
        spans.setdefault((low, high, key), []).append((at, SERVICES[operation], rank <= Rank.DERIVED))
    wanted = []
    for (_, _, key), rows in spans.items():
        named = {service for _, service, is_named in rows if is_named}
        groups: dict[str, list[int]] = {}
        for at, service, _ in rows:
            groups.setdefault(service if len(named) > 1 or key == NO_SPAN else "", []).append(at)
        wanted += [ids for ids in groups.values() if len(ids) > 1]
    assert joins.parts_of_spans(SpanRows.of_numbers(columns), SERVICES.__getitem__) == sorted(wanted)
