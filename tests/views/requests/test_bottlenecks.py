from __future__ import annotations

import json

from logtrace.analysis.traces.bottlenecks import bottlenecks
from logtrace.model import Flag, Trace
from logtrace.views.elements.glyphs import ASCII, UNICODE
from logtrace.views.json.analysis import bottlenecks_json
from logtrace.views.requests.bottlenecks import bottlenecks_view
from logtrace.views.tree.options import KEY_ATTRIBUTES
from tests.builders import MS, slow_task, span, throttled, trace
from tests.views.show import lines_of


def shown(made: Trace, width: int = 80, most: int = 5) -> list[str]:
    return lines_of(bottlenecks_view(bottlenecks(made, {}), most, KEY_ATTRIBUTES, UNICODE), width)


def test_the_insert_is_first_with_its_statement() -> None:
    found = bottlenecks(slow_task(), {})
    assert [(each.span.name, each.critical_ns // MS) for each in found.spans[:2]] == [
        ("CreateTask", 4800),
        ("AuthorizeUser", 200),
    ]
    lines = shown(slow_task(), most=1)
    assert " 1.  92 %  CreateTask: 4.8s of 4.8s on the path" in lines
    assert any("db.statement: INSERT INTO tasks" in line for line in lines)
    assert lines[-1] == "4 more spans: 400ms (8 %)"


def test_what_runs_beside_the_path_is_no_bottleneck() -> None:
    root = span("root", ms=100)
    made = trace(root, span("long", parent=root, ms=90), span("last", parent=root, at=50, ms=50))
    assert {each.span.name for each in bottlenecks(made, {}).spans} == {"last", "root"}


def test_spans_of_one_operation_are_one() -> None:
    root = span("root", ms=1000)
    calls = [span("SELECT", parent=root, at=100 * n, ms=70 + n) for n in range(10)]
    lines = shown(trace(root, *calls))
    assert " 1.  74 %  SELECT × 10: 745ms on the path; the longest, of 79ms:" in lines
    assert any(line.startswith(" 2.  26 %  root: 255ms of 1s") for line in lines)


def test_what_to_look_at() -> None:
    root = span("root", ms=1000)
    calls = [span("SELECT", parent=root, at=60 * n, ms=59) for n in range(8)]
    text = "\n".join(shown(trace(root, *calls)))
    assert "SELECT × 8 one after the other in root" in text
    assert "gap: 521ms (52 % of the trace) in root after SELECT" in text
    assert "it failed: ThrottlingException: Rate exceeded" in "\n".join(shown(throttled()))
    going = trace(span("root", flags=Flag.LOWER_BOUND))
    assert "its end is not logged: it may have taken longer" in "\n".join(shown(going))


def test_without_a_path_it_says_so() -> None:
    assert shown(trace(span("root", ms=None)))[-1] == "path      not known: no root of this trace has both a start and an end"
    assert bottlenecks_json(bottlenecks(trace(span(ms=None)), {}))["critical_path"]["duration_ns"] is None
    root = span("root", ms=0)
    made = trace(root, span("later", parent=root, ms=50))
    assert shown(made)[-1] == "path      none: root took no time; --whole-trace counts what it set off"
    assert bottlenecks(made, {}, whole_trace=True).spans
    assert shown(trace(root))[-1] == "path      none: no span of this trace took any time"
    assert shown(Trace("x", ()))[-1] == "path      none: this trace has log lines alone, and no span"


def test_any_width_and_ascii() -> None:
    made = trace(span("x" * 200, "s\u202e", attributes={"db.statement": "\x1b[2J" * 50}))
    for width in (40, 80, 200):
        lines = shown(made, width)
        assert all(len(line) <= width and line.isprintable() for line in lines)
    assert all(line.isascii() for line in lines_of(bottlenecks_view(bottlenecks(slow_task(), {}), 5, ("*",), ASCII), 80))


def test_the_json_is_json() -> None:
    shape = bottlenecks_json(bottlenecks(slow_task(), {}))
    assert json.loads(json.dumps(shape)) == shape
    assert sum(each["share"] for each in shape["bottlenecks"]) == 1
