from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given, settings
from rich.cells import cell_len

from logtrace.analysis.traces.compare import Compared, compare
from logtrace.model import ErrorLevel, Trace
from logtrace.views.comparing.two import compare_view
from logtrace.views.elements.glyphs import ASCII, UNICODE
from logtrace.views.json.compare import compare_json
from tests.builders import broken_pipe, slow_task, span, throttled, trace
from tests.views.show import lines_of
from tests.views.tree.test_waterfall import traces


def shown(a: Trace, b: Trace, width: int = 100, everything: bool = False) -> list[str]:
    return lines_of(compare_view(compare(a, b, {}), UTC, UNICODE, everything), width)


def insert(ms: float, dimension: int) -> Trace:
    root = span("POST", ms=90 + ms)
    child = span("INSERT", parent=root, at=85, ms=ms, attributes={"embedding.dimension": dimension, "user.id": f"u{ms}"})
    return trace(root, span("check", parent=root, ms=80), child)


def test_both_trees_with_their_durations() -> None:
    lines = shown(insert(45, 768), insert(4800, 3072), 120)
    assert lines[2:] == [
        "common    3 of 3 and 3 spans answer to one another",
        "differ    1 slower; 1 attribute, an id or much alike (--all)",
        "first     +130ms edge-mcp: INSERT slower, no baseline: 45ms → 4.8s",
        "",
        "                good   bad",
        "edge-mcp: POST 135ms 4.89s 36.2×",
        "├── check       80ms  80ms    1×",
        "└── INSERT      45ms  4.8s  107×  slower, no baseline",
        "      embedding.dimension: 768 → 3072 (4×)",
    ]
    everything = shown(insert(45, 768), insert(4800, 3072), everything=True)
    assert "      user.id: u45 → u4800" in everything and "differ    1 slower" in everything


def test_a_difference_that_is_not_shown_is_counted() -> None:
    """3 items in the cart, then 4: nothing told that an attribute differs."""
    carts = [trace(span("Load", attributes={"cart.items": items})) for items in (3, 4)]
    told = [line for line in shown(carts[0], replace(carts[1], trace_id="1" * 32), 130) if line.startswith("result")]
    assert told[0].endswith("no duration differs enough to say so; 1 attribute, an id or much alike (--all)")


def test_a_trace_with_itself_and_with_nothing_in_common() -> None:
    assert "result    it is the same trace" in shown(slow_task(), slow_task())
    other = replace(slow_task(), trace_id="1" * 32)
    assert "result    the same spans, the same status; no duration differs enough to say so" in shown(slow_task(), other)
    lines = shown(slow_task(), broken_pipe())
    assert lines[-1].startswith("common    nothing: no operation of one answers to one of the other")


def test_what_many_spans_share_is_told_once() -> None:
    def made(tier: str) -> Trace:
        root = span("root", ms=90, attributes={"tier": tier})
        return trace(root, *(span(f"c{n}", parent=root, attributes={"tier": tier}) for n in range(4)))

    lines = shown(made("free"), made("enterprise"))
    assert "in many   tier: free → enterprise (in 5 spans)" in lines
    assert not any("tier" in line for line in lines[lines.index("") :])


def test_large_trees_show_what_changed_first() -> None:
    root = span("root", ms=10_000)
    calls = [span(f"call {n}", parent=root, at=n, ms=1) for n in range(500)]
    lines = shown(trace(root, *calls), trace(root, *calls[:400], *calls[401:]))
    assert any("call 400" in line and line.endswith("missing") for line in lines)
    assert lines[-1] == "441 more rows, changed ones first: --all shows them"
    assert len(shown(trace(root, *calls), trace(root, *calls), everything=True)) > 500


@pytest.mark.slow
@settings(max_examples=40)
@given(traces(), traces())
def test_any_two_traces_at_any_width(a: Trace, b: Trace) -> None:
    for width in (40, 60, 100):
        lines = shown(a, b, width)
        assert max(map(cell_len, lines)) <= width
        assert all(line.replace("\u3000", "").isprintable() for line in lines)
    ascii_lines = lines_of(compare_view(compare(a, b, {}), UTC, ASCII), 100)
    assert not set("".join(ascii_lines)) & set("→×│├└…━")
    shape = compare_json(Compared(compare(a, b, {}), (), None))
    assert json.loads(json.dumps(shape)) == shape


def test_failed() -> None:
    good = [replace(s, error=ErrorLevel.NONE) for s in throttled().spans if s.name != "Retry"]
    lines = shown(trace(*good), throttled())
    assert "differ    4 failed, 1 new" in lines
    assert any(line.startswith("first     +350ms worker: CallBedrock failed: ThrottlingException") for line in lines)
    assert "    │   │     error: ThrottlingException: Rate exceeded" in lines


def test_what_several_healthy_ones_agree_on() -> None:
    others = [compare(insert(ms, 768), insert(4800, 3072), {}) for ms in (40, 50)]
    view = compare_view(compare(insert(45, 768), insert(4800, 3072), {}), UTC, UNICODE, False, others)
    assert "agreed    against the 3 healthy requests most like it: edge-mcp: INSERT slower (3)" in lines_of(view, 120)
