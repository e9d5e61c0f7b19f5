from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN, TraceId
from logtrace.model import Attribute, Flag, Link, Role
from logtrace.reconstruct.spans.fragments import Fragment, merged
from logtrace.reconstruct.spans.naming import operation_of
from logtrace.reconstruct.trace import rebuild
from logtrace.store.rows.fragments import fragment_of
from logtrace.store.rows.linerefs import no_body
from logtrace.store.rows.of_fragments import COLUMNS, SOURCES, Names, Row, attribute_text, resolved, row, shown, shown_alone
from tests.reconstruct.made import collected, lines, points, whole
from tests.strategies import MS, T0, TRACE, record, records


class Interned:
    """Names by number, as a store gives them. `inline`: keys whose values stand in the rows themselves."""

    def __init__(self, inline: frozenset[str] = frozenset()) -> None:
        self.operations: list[tuple[str, str, str]] = []
        self.attributes: list[Attribute] = []
        self.inline = inline

    def operation(self, key: tuple[str, str, str]) -> int:
        if key not in self.operations:
            self.operations.append(key)
        return self.operations.index(key)

    def attribute(self, attribute: Attribute) -> int | None:
        if attribute.key in self.inline:
            return None
        if attribute not in self.attributes:
            self.attributes.append(attribute)
        return self.attributes.index(attribute)

    def names(self, shift: int = 0) -> Names:
        texts = {(7, 8): "req"}
        operations = {number + shift: key for number, key in enumerate(self.operations)}
        attributes = {number + shift: attribute for number, attribute in enumerate(self.attributes)}
        return Names(operations, attributes, texts, no_body)


def row_of(fragment: Fragment, names: Interned, show=None) -> Row:
    operation, rank = operation_of(fragment)
    return row(fragment, show or shown_alone(fragment), names.operation(operation), rank, names.attribute)


any_fragment = st.lists(records(st.sampled_from([NO_SPAN, 1])), min_size=1, max_size=6).map(lambda found: collected(found)[0])
inline = st.sampled_from([frozenset(), frozenset({"a"}), frozenset({"a", "b", "http.status", "ü"})])


@given(any_fragment, inline)
def test_a_fragment_survives_its_row(fragment, keys):
    names = Interned(keys)
    made = row_of(fragment, names)
    assert fragment_of(made, names.names()) == fragment
    assert len(made) == len(COLUMNS.split(","))


@given(any_fragment, inline)
def test_a_fragment_survives_a_row_whose_names_were_new(fragment, keys):
    names = Interned(keys)
    operation, rank = operation_of(fragment)
    names.operation(operation)

    def new(attribute: Attribute) -> int | None:
        number = names.attribute(attribute)
        return None if number is None else -1 - number

    made = row(fragment, shown_alone(fragment), -1, rank, new)
    (known,) = resolved([made], [100], range(100, 200))
    assert fragment_of(known, names.names(100)) == fragment


@given(st.lists(records(st.sampled_from([NO_SPAN, 1, 2, 3]), service=None), min_size=1, max_size=10))
def test_the_fragments_of_a_rebuilt_trace_survive_their_rows(found):
    names = Interned()
    for draft in rebuild(collected(found)).spans:
        if draft.fragment is not None:
            assert fragment_of(row_of(draft.fragment, names, shown(draft)), names.names()) == draft.fragment


@given(any_fragment)
def test_a_row_fits_sqlite(fragment):
    made = row_of(fragment, Interned())
    assert all(value is None or isinstance(value, str) or -(1 << 63) <= value < 1 << 63 for value in made)


def columns(made: Row) -> dict[str, object]:
    return dict(zip((name.strip() for name in COLUMNS.split(",")), made, strict=True))


def test_the_row_of_an_ordinary_span_needs_nothing_extra():
    names = Interned()
    made = columns(row_of(whole(1, 7, name="op", attributes=(Attribute("a", "1"),)), names))
    assert (made["extra"], made["parent_key"], made["start_ns"], made["duration_ns"], made["n_lines"]) == (
        None,
        7,
        T0,
        10 * MS,
        2,
    )
    assert made["attributes"] == "[0]"
    assert names.operations == [("api", "op", "")]
    assert (made["facts"] >> 8 & 15, SOURCES[made["facts"] >> 16 & 15], made["facts"] >> 28) == (1, "explicit", 9)


FORMS = [
    (points(1, 0), 0),
    (whole(1), 1),
    (lines(record(1, Role.END, 9, 4)), 2),
    (lines(record(1, Role.COMPLETE, 9, 4)), 3),
    (lines(record(1, Role.COMPLETE, 9, 4, start=5)), 4),
    (lines(record(1, Role.START, 0), record(1, Role.END, 9)), 5),
    (lines(record(1, Role.START, 0)), 6),
    (lines(record(1, Role.END, 9, -4)), 15),
    (lines(record(1, Role.START, 0), record(1, Role.END, 9), record(1, Role.START, 12)), 15),
]


@pytest.mark.parametrize(("fragment", "form"), FORMS)
def test_marks_that_follow_from_the_bounds_are_not_kept_twice(fragment, form):
    made = columns(row_of(fragment, Interned()))
    assert made["facts"] >> 8 & 15 == form
    assert ("marks" in orjson.loads(made["extra"] or "{}")) == (form == 15)


def test_what_assembly_found_stands_beside_what_was_logged():
    child = rebuild([whole(1, ms=100), points(2, 3, 5)]).spans[1]
    made = columns(row_of(child.fragment, Interned(), shown(child)))
    assert (made["parent_key"], made["confidence"], SOURCES[made["facts"] >> 16 & 15]) == (1, 99, "contain")
    assert fragment_of(tuple(made.values()), Names({0: ("api", "", "")}, {}, {}, no_body)).parents == ()


def test_flags_that_were_found_are_shown_and_those_that_were_logged_come_back():
    names = Interned()
    made = row_of(lines(record(1, Role.START, 0, flags=Flag.IDS_IN_TEXT)), names)
    assert columns(made)["flags"] == Flag.IDS_IN_TEXT | Flag.OPEN
    assert fragment_of(made, names.names()).flags == Flag.IDS_IN_TEXT


def test_a_shared_span_is_kept_under_its_own_key_with_the_id_that_was_logged():
    half = rebuild([whole(1, service="a"), whole(1, at=1, ms=2, service="b")]).spans[1]
    names = Interned()
    made = row_of(half.fragment, names, shown(half))
    assert made[2] == half.key != 1
    assert fragment_of(made, names.names()).span == 1


def test_copies_of_a_line_count_once_in_a_row():
    fragment = lines(record(1, Role.START, 0, text=1), record(1, Role.END, 9, 9, text=2), record(1, at=None, text=2))
    assert columns(row_of(fragment, Interned()))["n_lines"] == 2


def test_rare_things_come_back():
    fragment = lines(
        record(1, Role.END, 9, 4, parent=7, kind="client", error=2, error_message='said "no"\n', text=5,
               links=(Link(TraceId(7, 8, "req"), 3),), attributes=(Attribute("a", "[1]"),)),
        record(1, at=None, parent=4, kind="server", name="logger", name_rank=2, attributes=(Attribute("a", '"x"'),)),
    )  # fmt: skip
    names = Interned()
    assert fragment_of(row_of(fragment, names), names.names()) == fragment


def test_a_trace_of_an_opaque_id_has_its_text_back():
    fragment = lines(record(1, trace=TraceId(7, 8, "req")))
    names = Interned()
    assert fragment_of(row_of(fragment, names), names.names()).trace == fragment.trace


def test_attributes_as_they_stand_in_a_row():
    attribute = Attribute('k"ey', '{"x":1}')
    assert attribute_text(attribute, 2, 5) == "22"
    assert attribute_text(attribute, 1, -1) == "-3"
    assert orjson.loads(attribute_text(attribute, 1, None)) == ['k"ey', {"x": 1}, 1]


def test_merging_rows_is_merging_fragments():
    names = Interned()
    a, b = lines(record(1, Role.START, 0, parent=TRACE.low)), lines(record(1, Role.END, 9, 9, name="op"))
    back = [fragment_of(row_of(part, names), names.names()) for part in (a, b)]
    assert merged(*back) == merged(a, b)
