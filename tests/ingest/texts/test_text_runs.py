"""Texts that are read many at once: the quick way gives what the general way gives."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logtrace.ingest.formats.blocks import BLOCKS
from logtrace.ingest.records import Decoder
from logtrace.reconstruct.spans.runs import Run
from tests.ingest.test_wrapped import TEXTS, TRACE, objects, same, wrapped
from tests.strategies import examples

SPAN = "00f067aa0ba902b7"
IDS = f"TraceID: {TRACE} SpanID: {SPAN} "
USUAL = f"16:42:52.508 INFO  a.c.Assurance#75 {IDS}created"
DATED = f"2024-01-10 16:42:52.508 [http-nio-8080-exec-1] INFO  a.c.Assurance [traceId={TRACE}, spanId={SPAN}] - created"
STACKS = [
    ("docker",),
    ("docker",),
    ("docker stdout",),
    ("cri",),
    ("compose",),
    ("kubectl",),
    ("cri", "date"),
    ("half",),
    ("bare",),
]

WIDE = "\uff1a"  # a colon that is no ASCII
times = st.sampled_from(
    [
        "16:42:52.508 ",
        "16:42:52 ",
        "16:42:52,5 ",
        "[16:42:52] ",
        "99:99:99.1  ",
        "2024-01-10 16:42:52 ",
        "16:42 ",
        "",
        "2024-01-10 16:42:52,508 ",
        "2024-01-10 16:42:52.508  ",
        "2024-13-41 16:42:52.1 ",
        "2024-01-10T16:42:52Z ",
    ]
)
levels = st.sampled_from(
    [
        "INFO ",
        "WARN  ",
        "DEBUG ",
        "ERROR ",
        "[INFO] ",
        "[main] INFO ",
        "[a=b] INFO ",
        "[INFO] WARN ",
        "info ",
        "TRACE  ",
        "",
        "[main] ERROR ",
        "[http-nio-8080-exec-1] FATAL ",
        "[info] INFO ",
        "[pool-1 thread 2] INFO ",
        "INFO [main] ",
        "INFO - ",
    ]
)
loggers = st.sampled_from(
    [
        "a.c.B#7 ",
        "a.c.B ",
        "a.c.B ",
        "a.c.B - ",
        "[x-y] ",
        "trace.id ",
        "a.spanId ",
        "main ",
        "web.1   | ",
        "a/b ",
        "",
        "[pod/x/y] ",
    ]
)
keys = st.sampled_from(
    [
        "TraceID: ",
        "trace_id=",
        "traceId:",
        "trace.id =",
        "Trace Id: ",
        "parent_trace_id=",
        "traceid='",
        "TRACE-ID:  ",
        "[traceId=",
        "[traceId=",
        "[trace_id: ",
        "(traceId=",
    ]
)
traces = st.sampled_from([TRACE, TRACE.upper(), "a3ce929d0e0e4736", "0" * 32, "debug-1", TRACE + "0", TRACE[:31] + "."])
behind = st.sampled_from([" ", ", ", ";", " ,", "] ", ""])
spans = st.sampled_from([
    f"SpanID: {SPAN} ", f"span_id={SPAN}, ", f"span_id={SPAN}", f"parent_span_id={SPAN} span_id=00f067aa0ba902b8 ",
    f"spanId={SPAN}] - ", f"spanId={SPAN}] ", f"spanId={SPAN}]", f"span_id={SPAN} trace_flags=01 ", f"spanId={SPAN}) : ",
    f"spanId={'0' * 16} ", "span_id=x ", "", f'span_id="{SPAN}" ',
])  # fmt: skip
messages = st.lists(st.sampled_from([
    "created", "took 45ms", "done in 3 s", "done in 3\u00a0s", "fini\u017fhed in 5m\u017f", "took \u0663ms", "5s", f"{WIDE}5 ",
    "took 5\u2003ms",
    f"parent_id={SPAN}", f"span_id={SPAN}", f"trace id: {TRACE}", "{", "}", '{"trace_id":"x"}', '{"a":1}', "dd.trace_id=1 ",
    "NR-LINKING|x|", "REPORT RequestId: 7", " ", "\t", "\x1b[0m", "\x00", "\u3000", "\u2028", "\x1f", "\u00e9",
    "trace_flags=01 ", "trace_flag", "[]", " () x", "{, } y", "completed in 45.3ms", "completed in 45.3ms, done in 3s",
    "goroutine 1 [running]:", "|", " | ", "[x]", "<14>", "x" * 1_200, "status=200", "a=1 b=2", "GET /x 200",
]), max_size=4).map("".join)  # fmt: skip
texts = st.tuples(times, levels, loggers, keys, traces, behind, spans, messages).map(lambda parts: "".join(parts).encode())
usual = st.tuples(st.sampled_from([USUAL, DATED]), messages).map(lambda parts: "".join(parts).encode())
any_text = texts | usual | usual | st.sampled_from(TEXTS) | objects


@pytest.mark.slow
@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(st.builds(wrapped, st.sampled_from(STACKS), any_text), min_size=1, max_size=14), st.integers(0, 99), st.booleans()
)
def test_texts_among_any_lines(found: list[bytes], seed: int, together: bool):
    lines = [wrapped((name,), USUAL.encode()) for name in ("docker", "docker stdout", "cri", "compose")] * 16 + found * 2
    Random(seed).shuffle(lines)
    same(found * 6 + lines if together else lines)


@pytest.mark.slow
@settings(max_examples=examples(100), deadline=None)
@given(st.lists(texts | usual, min_size=64, max_size=80))
@example([USUAL.encode() + b' {"trace_id":"x"} '] * 64)
@example([USUAL.encode().removesuffix(b"created") + flags for flags in (b"trace_flags=01", b"trace_flags=01 ")] * 32)
def test_texts_of_all_kinds(found: list[bytes]):
    same([wrapped(("docker",), text) for text in found])


@pytest.mark.parametrize("odd", [*TEXTS, b"        at a.b.C(D.java:7)", b"java.lang.IllegalStateException: x", b"Caused by: y"])
def test_what_follows_a_text_belongs_to_it_all_the_same(odd: bytes):
    one, other = (wrapped((name,), USUAL.encode()) for name in ("docker", "docker stdout"))
    mine = wrapped(("docker",), odd)
    same([one, mine, one, one, other, mine, one, mine, other, mine, mine, other, one] * 8)


parts = st.sampled_from(
    ["docker", "docker", "cut", "cut", "cut stdout", "docker stdout", "cut terminal", "bare", "reordered", "spaced"]
)
rests = st.sampled_from(
    [USUAL.encode(), USUAL.encode(), f"16:42:53 INFO {IDS}x".encode(), b"the rest", b"\tat a.b(C.java:1)", b"a\nb"]
)


@settings(max_examples=examples(150), deadline=None)
@example(
    [*(wrapped((name,), USUAL.encode()) for name in ("cut", "docker stdout", "cut", "docker")), wrapped(("reordered",), b"x")],
    "docker",
)
@given(
    st.lists(st.builds(wrapped, st.tuples(parts), rests), min_size=2, max_size=5), st.sampled_from(["docker", "docker stdout"])
)
def test_parts_that_go_on_and_parts_that_stand_alone(found: list[bytes], name: str):
    same([*[wrapped((name,), USUAL.encode())] * 64, *found, wrapped((name,), USUAL.encode())], times=1)


def test_texts_whose_rest_was_lost_come_in_runs():
    cut, whole, other = (wrapped((name,), USUAL.encode()) for name in ("cut", "docker", "cut stdout"))
    (run,) = Decoder().pieces(b"\n".join([cut, whole, cut, cut, whole] * 20))
    assert isinstance(run, Run) and len(run.indexes) == 100
    runs = [made for made in Decoder().pieces(b"\n".join([*[cut, whole] * 40, other, cut, whole])) if isinstance(made, Run)]
    assert [len(run.indexes) for run in runs] == [82]  # other is the last of its stream: who knows


def test_usual_texts_come_in_runs():
    data = b"\n".join(
        [wrapped(("docker",), f"16:42:52.{at:03d} INFO  a.c.B#{at % 3} {IDS}done{WIDE} {at}".encode()) for at in range(90)]
    )
    (run,) = Decoder().pieces(data)
    assert isinstance(run, Run) and len(run.indexes) == 90 and len(set(run.templates)) == 3


def test_a_dash_before_a_message_is_no_part_of_it_whatever_letters_follow():
    ids = IDS.strip().rstrip(",")
    same([wrapped(("docker",), f"16:42:52.{at:03d} INFO  a.c.B#7 [{ids}] - {WIDE}{at} created".encode()) for at in range(90)])


@pytest.mark.parametrize("level", ["INFO ", "ERROR"])
@pytest.mark.parametrize("name", ["bare", "docker", "compose"])
def test_dated_texts_come_in_runs(name: str, level: str):
    """Of one template for all threads; with the durations and errors that they tell."""
    texts = [DATED.replace("exec-1] INFO ", f"exec-{at}] {level}").replace("created", f"completed in {at}ms") for at in range(90)]
    lines = [wrapped((name,), text.encode()) for text in texts]
    same(lines)
    (run,) = Decoder().pieces(b"\n".join(lines))
    assert isinstance(run, Run) and len(run.indexes) == 90 and len(set(run.templates)) == 1
    record = list(run.records())[7]
    assert (record.duration_ns, record.body, record.name) == (7_000_000, "completed in 7ms", "a.c.Assurance")
    assert (record.time_ns, record.error_message) == (1704904972508000000, "completed in 7ms" if level == "ERROR" else "")


def test_no_block_begins_with_a_time():
    assert not [head for block in BLOCKS for head in block.heads if head[:1].isdigit()]
