from __future__ import annotations

from pathlib import Path

from logtrace import api
from tests.jobs.stores import line, write

UP, DOWN, THIRD, ALONE = (f"{digit}" * 31 + "a" for digit in "1234")


def done(trace: str, span: str, at: float, ms: float, name: str, **more: object) -> str:
    return line(trace, span, at, "done", event="span_end", duration_ms=ms, operation=name, **more)


LINES = [
    done(UP, "a" * 16, 100, 100, "POST", request_id="r-1"),
    done(DOWN, "b" * 16, 190, 50, "Process", service="worker", upstream_trace_id=UP),
    done(THIRD, "c" * 16, 80, 20, "Audit", service="audit", request_id="r-1"),
    done(ALONE, "d" * 16, 80, 20, "Other", request_id="r-2"),
]


def linked(tmp_path: Path, trace: str, lines: list[str] = LINES):
    api.ingest([str(write(tmp_path / "a.log", lines))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        return store.linked(store.trace(trace))


def test_all_that_belongs_to_a_request_is_found_from_any_of_its_traces(tmp_path: Path):
    for start in (UP, DOWN, THIRD):
        found = linked(tmp_path, start)
        assert found.trace.trace_id == start
        assert {(join.lower, join.upper, join.how, join.observed) for join in found.joins} == {
            (DOWN, UP, "link", True),
            (THIRD, UP, "requestid", False),
        }
        assert [s.name for _, s in found.trace.walk()] == ["POST", "Audit", "Process"]


def test_those_that_its_own_lines_do_not_name_are_told(tmp_path: Path):
    linked(tmp_path, UP)
    with api.open(tmp_path / "s.db") as store:
        told = {start: set(store.related(store.trace(start))) for start in (UP, DOWN, THIRD, ALONE)}
    assert told == {UP: {DOWN, THIRD}, DOWN: set(), THIRD: {UP}, ALONE: set()}


def test_a_trace_that_belongs_to_none(tmp_path: Path):
    found = linked(tmp_path, ALONE)
    assert (found.joins, found.left_out, len(found.trace.spans)) == ((), 0, 1)


def test_a_link_to_a_trace_that_was_never_logged(tmp_path: Path):
    found = linked(tmp_path, DOWN, [LINES[1]])
    assert (found.joins, found.left_out) == ((), 0)


def test_no_more_than_twenty_are_joined(tmp_path: Path):
    lines = [LINES[0], *(done(f"{n:032x}", f"{n:016x}", 110 + n, 1, "P", upstream_trace_id=UP) for n in range(1, 41))]
    found = linked(tmp_path, UP, lines)
    assert (len(found.joins), found.left_out) == (19, 21)
