"""Plain traces are assembled from the numbers of their rows alone: that must be what a rebuild of the fragments finds."""

from __future__ import annotations

from hypothesis import event, given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN, TraceId
from logtrace.jobs.assembly.plain import NO_MODEL, plain_traces
from logtrace.model import Flag, Role
from logtrace.reconstruct.spans.fragments import Fragment
from logtrace.reconstruct.spans.naming import operation_of
from logtrace.reconstruct.trace import rebuild, root_of, summary
from logtrace.store.rows.of_fragments import row, shown, shown_alone
from logtrace.store.rows.spanrows import SpanRows
from tests.reconstruct.made import LOOSE, collected, lines, loose, points, whole
from tests.strategies import TRACE, record, records


class Operations:
    """Operations by number, as a reader of a store knows them."""

    def __init__(self) -> None:
        self.keys: list[tuple[str, str, str]] = []

    def number(self, key: tuple[str, str, str]) -> int:
        if key not in self.keys:
            self.keys.append(key)
        return self.keys.index(key)

    def service(self, operation_id: int) -> str:
        return self.keys[operation_id][0]


def numbered(fragments: list[Fragment], operations: Operations, show=shown_alone) -> SpanRows:
    made = []
    for number, fragment in enumerate(fragments):
        operation, rank = operation_of(fragment)
        made.append((number + 1, row(fragment, show(fragment), operations.number(operation), rank, lambda _: None)))
    return SpanRows.numbered(made)


def assembled(fragments: list[Fragment]):
    """The trace row from numbers alone, its operation looked up; None where they do not suffice."""
    operations = Operations()
    plain = plain_traces(numbered(fragments, operations), operations.service)
    assert len(plain.lows) + len(plain.left) == 1
    return next(((*found[:5], operations.keys[found[5]], *found[6:]) for found in plain.traces), None)


def rebuilt(fragments: list[Fragment]):
    made = rebuild(fragments)
    found = summary(made, "")
    return (
        TRACE.low, TRACE.high, 0, found.start_ns, found.duration_ns, operation_of(root_of(made))[0], found.spans, found.services,
        found.errors, found.inferred, found.lines, int(found.partial), int(found.lower_bound), NO_MODEL,
    )  # fmt: skip


@st.composite
def nearly_plain(draw: st.DrawFn) -> list[Fragment]:
    """Trees of ordinary spans in which now and then something is not ordinary."""
    count = draw(st.integers(1, 5))
    tree = []
    for key in range(1, count + 1):
        parent = draw(st.sampled_from([key - 1] * 6 + [None, NO_SPAN, 9, key]))
        told = {
            "name": f"op{key}",
            "service": draw(st.sampled_from(["api", "worker", ""])),
            "error": draw(st.sampled_from([0, 0, 1, 2])),
        }
        span = whole(key, parent, draw(st.integers(-3, 20)), draw(st.sampled_from([5, 10, 20, -1])), **told)
        copy = lines(record(key, Role.POINT, None, parent=parent, text=draw(st.sampled_from([7, 8])), **told))
        again = lines(record(key, Role.POINT, 1, parent=parent, text=8, **told))
        tree.append(draw(st.sampled_from([span] * 5 + [copy, again])))
    return tree + draw(st.sampled_from([*LOOSE, [lines(record(NO_SPAN, at=None))]]))


@given(nearly_plain() | st.lists(records(st.sampled_from([NO_SPAN, 1, 2]), service=None), min_size=1, max_size=6).map(collected))
def test_a_trace_row_from_numbers_is_that_of_a_rebuild(fragments):
    found = assembled(fragments)
    event("plain" if found else "difficult")
    assert found is None or found == rebuilt(fragments)


def test_a_plain_trace_needs_no_rebuild():
    tree = [whole(1, ms=50), whole(2, 1, at=3, ms=4, error=2), whole(3, 2, at=3, ms=2)]
    assert all(assembled(tree + more) is not None for more in (loose("api"), loose("api", "db"), loose("")))


def test_what_needs_a_rebuild():
    assert assembled([whole(1), whole(2, 9)]) is None, "a parent that was never seen"
    assert assembled([whole(1), whole(2, None, at=1, ms=2)]) is None, "a parent to be guessed"
    assert assembled([whole(1), points(2, 3, parent=1)]) is None, "bounds to be guessed"
    assert assembled([whole(1), lines(record(2, Role.START, 3, parent=1))]) is None, "an end to be guessed"
    assert assembled([whole(1), whole(2, 1, trace=TraceId(TRACE.low, 0))]) is None, "two forms of the id"
    assert assembled([whole(1, 2), whole(2, 1)]) is None, "a cycle"
    assert assembled([whole(1), whole(1, service="worker")]) is None, "a shared id"
    assert assembled([points(NO_SPAN, 1)]) is None, "no span at all"
    assert assembled([whole(1), *loose("", "api")]) is None, "lines that may be copies"


def test_rows_that_were_repaired_before_are_rebuilt_when_lines_come_late():
    """What was cut depends on all lines: it may be another edge with the late ones."""
    for fragments in ([whole(1, 2), whole(2, 1, at=2, ms=5)], [whole(1, 1), whole(2, 1, at=1, ms=2)]):
        made = {span.fragment.span: span for span in rebuild(fragments).spans}
        operations = Operations()
        rows = numbered(fragments, operations, lambda part, made=made: shown(made[part.span]))
        assert (rows.flags & int(Flag.CYCLE_CUT | Flag.SELF_PARENT)).any()
        assert plain_traces(rows, operations.service).traces == []


def test_a_copy_of_a_line_without_its_time_counts_once():
    start, end = record(1, Role.START, 0, parent=0, text=1), record(1, Role.END, 9, 9, parent=0, text=2)
    fragments = [lines(start, end, end._replace(time_ns=None))]
    assert assembled(fragments) == rebuilt(fragments)
    assert assembled(fragments)[10] == 2
