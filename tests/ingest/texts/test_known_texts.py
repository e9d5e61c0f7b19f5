"""Texts of known formats that are read many at once: the quick way gives what the general way gives."""

from __future__ import annotations

from random import Random
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logtrace.ingest.envelopes import unwrap
from logtrace.ingest.formats import aws_alb
from logtrace.ingest.formats.blocks import read_block
from logtrace.ingest.formats.texts import TEXTS, TOGETHER, is_further, read_text
from logtrace.ingest.records import Decoder, Settings
from logtrace.reconstruct.spans.runs import Run
from tests.ingest.test_wrapped import STACKS, TRACE, objects, same, wrapped
from tests.ingest.test_wrapped import TEXTS as ODD

SPAN = "00f067aa0ba902b7"
UUID = "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2"
IDS = f"trace_id={TRACE} span_id={SPAN}"
JSON_IDS = f'{{"trace_id": "{TRACE}", "span_id": "{SPAN}", "duration": "180.75ms"}}'
USUAL = {
    "bracketed": f"2025-11-10T19:36:18.431Z [INFO] [edge-mcp] Tool done scopes=[read write] {IDS} duration_ms=308 error=<nil>",
    "python_text": f"2025-03-14 09:26:53,301 - payments.charge - INFO - [{IDS}] charge completed in 45.3ms",
    "ruby_text": f"I, [2025-03-14T09:26:53.301250 #77]  INFO -- payments: [{IDS}] charge completed",
    "nlog": f"2025-03-14 09:26:53.3012|INFO|Payments.Charger|charge completed|{TRACE}|{SPAN}",
    "spring": f"2025-03-14T09:26:53.301Z  INFO 41 --- [payments] [nio-1] [{TRACE}-{SPAN}] c.a.p.Charger : charge completed",
    "zap_console": f"2025-03-14T09:26:53.350Z\tinfo\tpayments\tmain.go:21\tcharge completed\t{JSON_IDS}",
    "logrus_console": f"INFO[2025-03-14T09:26:53Z] charge completed            duration=180.75ms {IDS}",
    "log15_console": f"INFO[03-14|09:26:53] charge completed            duration=180.75ms {IDS}",
    "klog": f'I0314 09:26:53.301250   1 charge.go:21] "Charge completed" duration="180.75ms" traceID="{TRACE}" spanID="{SPAN}"',
    "logfmt": f'time=2025-11-10T19:36:18.431Z level=INFO msg="charge completed" {IDS} duration=180.75ms status=200',
    "access": '[GIN] 2025/03/14 - 09:26:53 | 200 |     250.25ms |      172.18.0.4 | POST     "/checkout"',
    "combined": f'10.0.0.7 - - [14/Mar/2025:09:26:53 +0000] "POST /a HTTP/1.1" 200 15 "-" "curl" 0.181 "00-{TRACE}-{SPAN}-01"',
    "envoy_text": f'[2025-03-14T09:26:53.120Z] "POST /a HTTP/2" 200 - 154 0 180 179 "10.0.35.28" "curl" "{UUID}" "a" "b:80"',
    "haproxy": f"10.0.1.2:33317 [14/Mar/2025:09:26:53.120] web pay/srv1 0/0/1/179/180 200 15 - - ---- 1/1/0/0/0 0/0 "
    f'{{00-{TRACE}-{SPAN}-01}} "POST /"',
    "aws_alb": aws_alb.EXAMPLE,
    "nest": f"[Nest] 77  - 03/14/2025, 9:26:53 AM     LOG [ChargeService] charge completed {IDS} +2ms",
    "rust_text": f"2025-03-14T09:26:53.301250Z INFO request{{trace_id={TRACE}}}:charge{{span_id={SPAN}}}: pay: charged sum=42",
    "monolog_line": f"[2025-03-14T09:26:53.301250+00:00] payments.INFO: charge completed {JSON_IDS} []",
    "stdlib": f"2025/11/10 19:36:10 charge completed in 45ms {IDS}",
    "console": f"2025-03-14T09:26:53.301Z [info     ] charge completed     [payments] duration_ms=180.75 {IDS}",
}
PARTS = [
    "[", "]", "{", "}", '"', "'", "=", ": ", " | ", "|", "\t", "  ", " - ", "\\", "a=b=c", " x=", "=[1 2", " k={", ' k="v w"',
    " msg=x", " level=ERROR", " took 45ms", " error=boom y=1", " error=<nil>", f" parent_span_id={SPAN}", " trace_id=debug-1",
    " span_id=", f' {{"trace_id":"{TRACE}"}}', ' {"a":1}', " dd.trace_id=7", " NR-LINKING|a|b|c|d|e|", " resource.service.name=x",
    "stdout F ", "app[web.1]: ", "stderr: ", "\x1b[0m", "\x00", "\u2028", "\u00e9", "\u3000", "\ufeff", " \u0663ms", "ERROR",
    "2025/11/10 19:36:18 ", "10:00:00 ", "payments-5b9c-x2k4z payments ", "<14>", " request_id=r-7", "\tat a.b(C.java:7)",
    " 9" * 20,
]  # fmt: skip
NAMES = sorted(USUAL)


KEYS = st.sampled_from(["", "", "request_id", "msg", "trace_id"])
"""The key of traces: none, one that some texts have, ones that mean something else."""


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A text of a known format, a piece of it taken out, others put in."""
    text = USUAL[draw(st.sampled_from(NAMES))]
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.sampled_from([start, start, start + 1, start + 9]))
        text = text[:start] + draw(st.sampled_from(["", *PARTS])) + text[end:]
    return text.encode()


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.lists(damaged(), min_size=1, max_size=12),
    st.sampled_from(NAMES),
    st.sampled_from([("bare",), *STACKS]),
    st.integers(0, 99),
    KEYS,
)
def test_texts_among_any_of_their_kind(found: list[bytes], name: str, stack: tuple[str, ...], seed: int, key: str):
    lines = [wrapped(stack, text) for text in [USUAL[name].encode()] * 40 + found * 2]
    Random(seed).shuffle(lines)
    same([wrapped(stack, text) for text in found] * 6 + lines, told=Settings(trace_key=key))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.builds(wrapped, st.sampled_from(STACKS), damaged() | objects | st.sampled_from(ODD)), min_size=1, max_size=12),
    st.integers(0, 99),
    KEYS,
)
def test_texts_among_any_lines(found: list[bytes], seed: int, key: str):
    lines = [text.encode() for text in USUAL.values()] * 8 + found * 2
    Random(seed).shuffle(lines)
    same(lines, told=Settings(trace_key=key))


@pytest.mark.parametrize("odd", [*ODD, b"        at a.b.C(D.java:7)", b"java.lang.IllegalStateException: x", b"Caused by: y"])
@pytest.mark.parametrize("name", NAMES)
def test_what_follows_a_text_belongs_to_it_all_the_same(name: str, odd: bytes):
    usual = USUAL[name].encode()
    same([usual, odd, usual, usual, odd, odd, usual, b"", odd] * 16)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stack", ["bare", "docker", "cri", "compose"])
def test_usual_texts_come_in_runs(name: str, stack: str):
    """From the first block on; the service is told by the envelope or by nothing, and rejected is none."""
    lines = [wrapped((stack,), USUAL[name].replace(SPAN, f"{at + 1:016x}").encode()) for at in range(90)]
    (run,) = Decoder().pieces(b"\n".join(lines))
    assert isinstance(run, Run) and len(run.indexes) == 90


@pytest.mark.parametrize("word", ["INFO", "error", "W", "Warn", "FATAL |", "Information", "Error:", "Created"])
@pytest.mark.parametrize("pairs", ["", f" trace_id={TRACE} span_id={SPAN} n=1", f" TraceID: {TRACE} SpanID: {SPAN}"])
def test_a_level_behind_the_date_of_go_tells_as_much_among_many_lines(word: str, pairs: str):
    """As slog writes where nobody chose a handler."""
    same([f"2024/01/10 14:30:{at % 60:02} {word} order {at} taken{pairs}".encode() for at in range(90)])


def test_texts_with_a_key_of_traces_come_in_runs():
    """Also those that make a span each: they have a duration and name none."""
    line = "2025-11-10T19:36:18.431Z [INFO] [edge-mcp] Tool done request_id=7b0c2f0e-5a0a-4d1c-9d0f-0a8c2f4f6a11 n={at}"
    lines = [line.format(at=at).encode() + b" duration_ms=308" * (at % 3 == 0) for at in range(90)]
    (run,) = Decoder(Settings(trace_key="request_id")).pieces(b"\n".join(lines))
    assert isinstance(run, Run) and len(run.indexes) == 90
    assert run.traced.all() and len(set(run.spans.tolist())) == 31
    same(lines, told=Settings(trace_key="request_id"))


@pytest.mark.parametrize("member", TOGETHER, ids=lambda member: member.NAME)
def test_how_a_text_begins_tells_its_format(member: ModuleType):
    """By the examples and by the usual texts of all formats: it is of no other, not wrapped, no block and no further line."""
    for other in TEXTS:
        for text in (other.EXAMPLE, USUAL.get(other.NAME, other.EXAMPLE)):
            assert bool(member.BEGINS.match(text)) <= (other is member)
    usual = USUAL[member.NAME]
    found = read_text(usual)
    assert found is not None and found[0] == member.NAME
    assert not unwrap(usual).outer.layers and read_block(usual) is None and not is_further(usual)
