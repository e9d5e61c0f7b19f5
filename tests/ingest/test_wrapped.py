"""Lines in all kinds of envelopes side by side: the quick way gives what the general way gives."""

from __future__ import annotations

from random import Random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logtrace.ingest.envelopes import ENVELOPES
from logtrace.ingest.records import DEFAULTS, Decoder, Settings
from logtrace.model import Record
from logtrace.reconstruct.spans.runs import Run

TRACE = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20"


def docker(text: bytes, stream: str = "stderr", end: str = "\n", **more: object) -> bytes:
    return orjson.dumps({"log": text.decode() + end, "stream": stream, "time": "2024-01-10T14:30:07.25Z", **more})


def bare(text: bytes) -> bytes:
    return text


WRAPPERS = {
    "bare": bare,
    "docker": docker,
    "docker stdout": lambda text: docker(text, "stdout"),
    "docker terminal": lambda text: docker(text, end="\r\n"),
    "docker labels": lambda text: docker(text, attrs={"tag": "t", "com.docker.compose.service": "api", "a": 1, "n": "x"}),
    "docker clash": lambda text: docker(text, attrs={"tag": "t"}).replace(b'"tag"', b'"user.id"'),
    "cri": lambda text: b"2024-01-10T14:30:06.000000123Z stderr F " + text,
    "cri stdout": lambda text: b"2024-01-10T14:30:06.5Z stdout F " + text,
    "cri elsewhere": lambda text: b"2024-01-10T16:30:06.5+02:00 stderr F " + text,
    "cri tagged": lambda text: b"2024-01-10T14:30:06.5Z stderr F:x " + text,
    "compose": lambda text: b"worker-1  | " + text,
    "compose 2": lambda text: b"api_22    | " + text,
    "kubectl": lambda text: b"[pod/api-7d9f/app] " + text,
    "swarm": lambda text: b"payments.1.x7c2k9@node-1    | " + text,
    "foreman": lambda text: b"09:26:53 web.1   | " + text,
    "heroku": lambda text: b"2024-01-10T14:30:06.301550+00:00 app[web.1]: " + text,
    "timestamps": lambda text: b"2024-01-10T14:30:05Z " + text,
    "date": lambda text: b"2024/01/10 14:30:04 " + text,
    "date and micros": lambda text: b"2024/01/10 14:30:04.123456 " + text,
    "syslog": lambda text: b"<14>1 2024-01-10T14:30:03.301550Z web-1 payments 123 - - " + text,
    "syslog cee": lambda text: b"<11>1 2024-01-10T14:30:03Z web-1 payments - - - @cee: " + text,
    "syslog data": lambda text: b'<14>1 2024-01-10T14:30:03Z web-1 payments 123 ID7 [a@1 b="c" traceId="x"] ' + text,
    "syslog old": lambda text: b"<14>Jan 10 14:30:02 web-1 payments[7]: " + text,
    "syslog file": lambda text: b"2024-01-10T14:30:02.5+00:00 web-1 payments[7]: " + text,
    "journald": lambda text: orjson.dumps({
        "__REALTIME_TIMESTAMP": "1704897001000000", "PRIORITY": "6", "_SYSTEMD_UNIT": "api.service", "_PID": "7",
        "MESSAGE": text.decode(), "_HOSTNAME": "web-1",
    }),
    "journald bare": lambda text: orjson.dumps({"MESSAGE": text.decode(), "__REALTIME_TIMESTAMP": "1704897001000001"}),
    "vector": lambda text: orjson.dumps({"message": text.decode(), "source_type": "file", "timestamp": "2024-01-10T14:30:01Z"}),
    "filebeat": lambda text: orjson.dumps({
        "@timestamp": "2024-01-10T14:30:01Z", "message": text.decode(), "agent": {"type": "filebeat"}, "stream": "stderr",
    }),
    "fluent": lambda text: orjson.dumps({"log": text.decode() + "\n", "stream": "stderr", "container_id": "c"}),
    "loki": lambda text: orjson.dumps({"labels": {"app": "api"}, "line": text.decode(), "timestamp": "2024-01-10T14:30:01Z"}),
    "sse": lambda text: b"data: " + text,
    "colour": lambda text: b"\x1b[32mworker-1  |\x1b[0m " + text,
    "half": lambda text: docker(text[:20], end=""),
    "cut": lambda text: docker(text[:-1], end=""),
    "cut stdout": lambda text: docker(text[:-1], "stdout", end=""),
    "cut terminal": lambda text: docker(text, end="\r"),
    "cri half": lambda text: b"2024-01-10T14:30:06Z stderr P " + text[:20],
    "stdout half": lambda text: b"2024-01-10T14:30:06Z stdout P " + text[:20],
    "reordered": lambda text: orjson.dumps({"stream": "stderr", "log": text.decode() + "\n", "time": "2024-01-10T14:30:07Z"}),
    "spaced": lambda text: docker(text, end="").replace(b'{"log":', b'{"log": '),
    "no attrs": lambda text: docker(text, attrs=None),
    "no time": lambda text: docker(text).replace(b"2024-01", b"2024-91"),
    "bom": lambda text: b"\xef\xbb\xbfworker-1  | " + text,
    "indented": lambda text: b"worker-1  |   " + text,
    "behind": lambda text: b"worker-1  | " + text + b" \t",
    "broken": lambda text: b"worker-1  | " + text[:-2],
    "not utf-8": lambda text: b"worker-1  | " + text.replace(b"m", b"\xff"),
}  # fmt: skip
NESTED = [
    ("docker", "compose"), ("compose", "timestamps"), ("cri", "date"), ("kubectl", "docker"), ("cri", "docker labels"),
    ("compose", "cri"), ("syslog", "docker"), ("docker", "syslog"), ("syslog", "docker", "date"), ("journald", "compose"),
    ("timestamps", "date"), ("date", "timestamps"), ("docker", "journald"), ("compose", "half"), ("cri", "half"),
]  # fmt: skip
STACKS = [*((name,) for name in WRAPPERS), *NESTED]

ids = st.sampled_from([TRACE, "a3ce929d0e0e4736", "debug-1", None])
tags = st.fixed_dictionaries({}, optional={"user.id": st.sampled_from(["u1", "u2"]), "n": st.integers(0, 3)})
RECORD = {"trace_id": TRACE, "span_id": "00f067aa0ba902b7", "msg": "m", "level": "info"}
objects = st.fixed_dictionaries(
    {"trace_id": ids, "span_id": st.sampled_from(["00f067aa0ba902b7", "00f067aa0ba902b8"])},
    optional={
        "timestamp": st.sampled_from(["2024-01-10T14:30:00.5Z", "2024-01-10T14:30:01.5Z"]), "service": st.just("edge"),
        "msg": st.sampled_from(["m", "took 45ms", "ü"]), "level": st.sampled_from(["info", "error"]), "tags": tags,
        "operation": st.sampled_from(["a", "b"]), "event": st.sampled_from(["span_start", "span_end"]),
        "log": st.just("x"), "stream": st.just("stderr"), "user.id": st.just("u7"), "log.iostream": st.just("mine"),
    },
).map(orjson.dumps)  # fmt: skip
TEXTS = [
    b"panic: x", b"goroutine 1 [running]:", b"\t/app/main.go:24", b"2024-01-10T14:30:00Z [ERROR] [api] failed", b"",
    b"2024/01/10 14:30:00 trace_id=67d3f65d8a1b4c2e9f0d7a3b5c6e1f20 x", b"  at x.y(z.java:1)", b"a | b", b"null", b"[1]", b"{",
    b"}", b'  "a": 1', b"Activity.TraceId: 67d3f65d8a1b4c2e9f0d7a3b5c6e1f20", b"Activity.Kind: Server", b"{}", b'{"a":1}{"b":2}',
    b"ts=2024-01-10T14:30:00Z level=info msg=x", b"Caused by: x", b'[{"a":1}]', b'"tail of a line"}',
]  # fmt: skip
texts = st.sampled_from(TEXTS)


def wrapped(stack: tuple[str, ...], text: bytes) -> bytes:
    for name in reversed(stack):
        try:
            text = WRAPPERS[name](text)
        except UnicodeDecodeError:
            return text
    return text


def plain(result: Record | str) -> object:
    """A record whose attributes have no order."""
    return result._replace(attributes=frozenset(result.attributes)) if isinstance(result, Record) else result


def same(lines: list[bytes], times: int = 2, told: Settings = DEFAULTS) -> None:
    data = b"\n".join(lines) + b"\n"
    general, quick = Decoder(told), Decoder(told)
    general._is_usual = False
    expected = [(index, plain(result), parts) for index, result, parts in general.lines(data)]
    for _ in range(times):  # what is learnt changes nothing
        assert [(index, plain(result), parts) for index, result, parts in quick.lines(data)] == expected


any_line = st.builds(wrapped, st.sampled_from(STACKS), objects | texts)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.lists(any_line, min_size=1, max_size=12),
    st.lists(st.builds(wrapped, st.sampled_from(STACKS), objects), min_size=1, max_size=4), st.integers(0, 99), st.booleans(),
)  # fmt: skip
def test_lines_in_all_envelopes(found: list[bytes], base: list[bytes], seed: int, together: bool):
    lines = base * 24 + found * 2
    Random(seed).shuffle(lines)
    same(found * 3 + lines if together else lines)


@pytest.mark.parametrize("name", WRAPPERS)
def test_each_envelope_among_odd_neighbours(name: str):
    usual = [wrapped((name,), orjson.dumps({**RECORD, "n": at})) for at in range(3)]
    odd = [wrapped(stack, text) for stack in ((name,), ("bare",)) for text in TEXTS]
    odd += [wrapped(stack, orjson.dumps(RECORD)) for stack in STACKS]
    lines = [line for each in odd for line in (*usual, each)]
    same(lines + usual * 20)


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)
def test_every_example_among_lines_of_docker(envelope):
    usual = docker(orjson.dumps(RECORD))
    same([usual, envelope.example.encode()] * 40)


@pytest.mark.parametrize("half", ["half", "cri half", "stdout half", "spaced"])
@pytest.mark.parametrize("between", ["docker", "docker stdout", "cri", "cri stdout", "compose", "bare", "reordered"])
def test_what_a_part_goes_on_in(half: str, between: str):
    record = orjson.dumps(RECORD)
    rest = {"half": docker(record[20:]), "spaced": docker(b"x")}.get(half)
    rest = rest or b"2024-01-10T14:30:06.5Z " + (b"stdout" if half.startswith("stdout") else b"stderr") + b" F " + record[20:]
    usual = [wrapped((name,), record) for name in ("docker", "docker stdout", "cri", "cri stdout", "compose", "bare")]
    part, other = wrapped((half,), record), wrapped((between,), record)
    same([*usual, part, other, rest, other, *usual, part, part, other, other, rest, rest] * 8)


PARTS = ("half", "cut", "cut stdout", "cut terminal", "cri half", "stdout half", "spaced")
QUICK = ("bare", "docker", "docker stdout", "docker terminal", "docker labels", "cri", "cri stdout", "compose", "kubectl",
         "swarm", "timestamps", "date", "syslog", "syslog cee", "syslog file")  # fmt: skip


@pytest.mark.parametrize("name", QUICK)
def test_no_odd_line_slows_its_neighbours(name: str):
    usual = [wrapped((name,), orjson.dumps({**RECORD, "n": at})) for at in range(3)]
    odd = [wrapped((other,), text) for other in WRAPPERS for text in TEXTS[:12] if other not in PARTS]
    lines = [line for each in odd if not each.startswith(b"Activity") for line in (*usual, each)]
    data = b"\n".join(lines) + b"\n"
    decoder = Decoder()
    list(decoder.pieces(data))
    assert sum(len(made.indexes) for made in decoder.pieces(data) if isinstance(made, Run)) >= 3 * len(odd)


def test_a_part_that_nothing_continues_comes_behind_all_other_lines():
    usual = [docker(orjson.dumps({**RECORD, "n": at})) for at in range(70)]
    part, frame = b"2024-01-10T14:30:06Z stderr P panic: x", docker(b"\t/app/main.go:24")
    own = docker(b"2024/01/10 14:30:00 trace_id=67d3f65d8a1b4c2e9f0d7a3b5c6e1f20 x")
    same([*usual, part, own, frame, *usual, part, own, frame])


@pytest.mark.parametrize(
    "first", [b'{"log":"\\t/app/main.go:24",', b'{"time":"2024-01-10T14:30:07.2Z","log":"\\t/app/main.go:24",']
)
def test_a_line_may_go_on_in_one_with_its_keys_in_another_order(first: bytes):
    time = b"" if b"time" in first else b',"time":"2024-01-10T14:30:07.2Z"'
    part = first + b'"stream":"stderr"' + time + b"}"
    rest = b'{"stream":"stderr","log":"{\\"trace_id\\":null}\\n","time":"2024-01-10T14:30:07Z"}'
    other = b'{"stream":"stdout","log":"{\\"msg\\":\\"x\\"}\\n","time":"2024-01-10T14:30:07Z"}'
    usual = orjson.dumps(RECORD)
    same([other] * 40 + [part, usual, other, rest, rest] + [usual, rest, other] * 20)
