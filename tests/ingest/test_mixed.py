"""Many lines of several formats among lines that are alike: the quick way gives what the general way gives."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logtrace.ingest.formats import FORMATS
from logtrace.ingest.records import Batch, Decoder
from logtrace.model import Record
from tests.strategies import examples

STORY = Path(__file__).parents[2] / "fixtures" / "formats"
TRACE = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20"
LOGGED = [line for path in sorted((STORY / "files").glob("*.jsonl")) for line in path.read_bytes().split(b"\n") if line]
LOGGED += [member.example.encode() for member in FORMATS]
LOGGED += [json.loads(line)["line"].encode() for line in (STORY / "libraries.jsonl").read_text(encoding="utf-8").splitlines()]

ids = st.sampled_from([TRACE, "a3ce929d0e0e4736", None, "", "13235353014750950193", 67667974448284343])
headers = st.sampled_from([f"00-{TRACE}-00f067aa0ba902b7-01", "-", None, ["x"]])
states = st.sampled_from([200, "ok", "OK", "404", 404, "200", "unset", 503, None, True, "error", 1])
values = st.sampled_from(["x", "POST", "/a", 1, 1.5, None, True, "00:00:01"])
times = st.sampled_from(["2024-01-10T14:30:00.5Z", "2024-01-10T14:30:01.5Z"])
inner = st.fixed_dictionaries({}, optional={
    "traceparent": headers, "trace_id": ids, "http.status_code": states, "http.method": values, "dd.trace_id": ids, "a": values,
    "b3": headers, "service": values, "status": states, "error": values, "error.type": values, "exception.message": values,
})  # fmt: skip
usual = st.fixed_dictionaries(
    {"time": times, "level": st.sampled_from(["info", "INFO"]), "msg": st.sampled_from(["a", "b in 45ms"]), "trace_id": ids,
     "span_id": ids},
    optional={
        "status": states, "method": values, "path": values, "tags": inner, "headers": inner, "req": inner, "error": values,
        "duration": st.sampled_from([1, 0.5, 250_250_000, "1s", "12", True]), "duration_ms": st.sampled_from([1, 2.5, None]),
        "kind": values, "name": values, "data": inner | values, "context": inner, "span": inner | values,
        "timestamp": values | inner, "dd": inner, "parent_span_id": ids, "stack": values, "event.outcome": states,
        "start_time": times | values, "end_time": times | values, "start": times | values,
    },
).map(orjson.dumps)  # fmt: skip
MARKS = ["pid", "hostname", "v", "@t", "levelname", "start_time", "content", "request_time", "args", "id", "traceId", "resource"]
rare = st.fixed_dictionaries(
    {"time": times, "trace_id": ids}, optional=dict.fromkeys(MARKS, values) | {"traceparent": headers, "dd.trace_id": ids}
).map(orjson.dumps)
other = st.sampled_from(LOGGED) | st.sampled_from([b"{", b"}", b"[", b"plain", b"", b'  "a": 1', b'{"a":1},'])


def plain(result: Record | str) -> object:
    """A record whose attributes have no order."""
    return result._replace(attributes=frozenset(result.attributes)) if isinstance(result, Record) else result


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(usual | rare | other, min_size=1, max_size=14), st.lists(usual, min_size=1, max_size=3), st.integers(0, 99))
def test_the_quick_way_gives_the_same(found: list[bytes], base: list[bytes], seed: int):
    lines = base * 40 + found * 2
    Random(seed).shuffle(lines)
    data = b"\n".join(lines) + b"\n"
    general, quick = Decoder(), Decoder()
    general._is_usual = False
    expected = [(index, plain(result), parts) for index, result, parts in general.lines(data)]
    for _ in range(3):
        assert [(index, plain(result), parts) for index, result, parts in quick.lines(data)] == expected


LINE = {"time": "2024-01-10T14:30:00.5Z", "level": "info", "msg": "a", "trace_id": TRACE, "span_id": "00f067aa0ba902b7"}
ENDING = {"event": "end", "duration_ms": 5}
ERRORS: list[dict[str, object]] = [
    {"level": "error"}, {"level": "error", "msg": "b\njava.lang.Boom: no\n\tat x.Y(Y.java:1)"}, {"status": "error"},
    {"status": 503}, {"error": "broke"}, {"error": True}, {"error": ["x"]}, {"err": "broke"},
    {"error": "", "tags": {"error": "broke"}}, {"err": "at the top", "tags": {"error": "better words"}},
    {"error": "at the top", "tags": {"err": "other words"}}, {"tags": {"error": True, "error.type": "E"}},
    {"tags": {"error": "broke"}}, {"tags": {"http.status_code": 500}}, {"status": "error", "tags": {"http.status_code": 200}},
    {"error": "x", "tags": {"status": "ok"}}, {"level": "error", "tags": {"stack": "E: told\n\tat x.Y"}},
    {"tags": {"error": "one"}, "attributes": {"error": "another"}}, {"stack": "E: told\n\tat x.Y", "level": "error"},
    {"exception.type": "E", "exception.message": "told", "level": "warn"}, {"error": 0}, {"error": "ok"}, {"error": 200},
    {"Error_Message": "one", "ErrorMessage": "another"}, {"err": "one", "error": "another"},
]  # fmt: skip
LEFT: list[dict[str, object]] = [
    {"Error_Message": "one", "ErrorMessage": "another"},
    {"tags": {"error": "one"}, "attributes": {"error": "another"}},
    {"error": ["x"]},
]
"""Of which some lines are left to the general way."""


QUIET = {"error": None, "err": "", "status": "ok", "exception.type": None, "exception.message": None, "stack": None,
         "error.type": None, "Error_Message": None, "ErrorMessage": None}  # fmt: skip


def _calmed(told: dict[str, object]) -> dict[str, object]:
    """The same keys without an error."""
    return {key: _calmed(value) if isinstance(value, dict) else QUIET.get(key, value) for key, value in told.items()}


@pytest.mark.parametrize("more", ERRORS, ids=str)
@pytest.mark.parametrize("own", [{}, ENDING], ids=["between", "at the end"])
@pytest.mark.parametrize("quiet_first", [True, False])
def test_errors_among_lines_that_are_alike(more: dict[str, object], own: dict[str, object], quiet_first: bool):
    line = {**LINE, **own}
    calm = [{**line, **_calmed(more), "level": "info"}]
    failing = [{**line, **more, "n": str(number)} for number in range(3)] + [{**line, **more}] * 3
    failing.append(dict(reversed(failing[0].items())))
    lines = [*calm * 80, *failing] if quiet_first else [*failing, *calm * 80]
    data = b"\n".join(map(orjson.dumps, lines)) + b"\n"
    general, quick = Decoder(), Decoder()
    general._is_usual = False
    expected = [plain(result) for _, result, _ in general.lines(data)]
    for _ in range(3):
        found = list(quick.pieces(data))
        assert [plain(result) for _, result, _ in sorted(quick.lines(data))] == expected
    assert more in LEFT or not any(isinstance(each, Batch) for each in found)
