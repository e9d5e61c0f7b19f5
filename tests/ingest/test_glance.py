from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import span_id_text
from logtrace.ingest.envelopes import ENVELOPES
from logtrace.ingest.formats import FORMATS
from logtrace.ingest.glance import Glance
from logtrace.ingest.records import Decoder
from logtrace.ingest.settings import DEFAULTS, Settings
from logtrace.model import Record

_TRACE, _SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
_HEADER = f"00-{_TRACE}-{_SPAN}-01"
_KEYS = (
    "trace_id", "traceId", "trace.id", "dd.trace_id", "trace", "span_id", "span.id", "span", "parent_span_id", "service",
    "service.name", "app", "timestamp", "msg", "duration_ms", "event", "request_id", "traceparent", "tags", "context", "headers",
    "start_time", "end_time", "log", "stream", "level", "kind",
)  # fmt: skip
_VALUES = (
    _TRACE, _TRACE.upper(), _TRACE[:16], "0" * 32, _SPAN, "0" * 16, "", "-", "req-1", None, 7, 7.5, True, [], ["x"], {}, "api",
    _HEADER, "span_start", "span", "2024-01-10T14:30:00Z", f"it took 5ms trace_id={_TRACE}", f"\u0000 tr\u0061ce_id={_SPAN}",
)  # fmt: skip
_WORDS = (
    "ready", "7", "api", "api-0", "api-7d9f8b6c5d-x2x4z", "-", "--", "", "main.go", "exit status 1", "trace_id", "=", f"={_SPAN}",
    _TRACE, f"trace_id={_TRACE}", "trace id", ":", "|", "[api]", "[ERROR]", "2024-01-10T14:30:00Z", "2024-01-10", "14:30:00", "F",
    "stdout", "INFO", '{"msg":"x"}', "{", "}", "level=info", "<34>1", "Jan", "10", "edge", "app:", "service=api", "data:", "\t",
    "created by", "é",
)  # fmt: skip
_flat = st.dictionaries(st.sampled_from(_KEYS), st.sampled_from(_VALUES), max_size=6)
_usual = st.fixed_dictionaries({"trace_id": st.just(_TRACE), "span_id": st.just(_SPAN), "service": st.just("api")})
_objects = st.builds(
    lambda usual, more, inner, key: {**usual, **more, **({key: inner} if inner else {})},
    st.one_of(st.just({}), _usual), _flat, _flat, st.sampled_from(("tags", "context", "headers", "x")),
)  # fmt: skip


def _told(line: bytes, settings: Settings) -> tuple[str, str, str]:
    decoder = Decoder(settings)
    decoder.source("file")
    record = decoder.decode(line)
    if not isinstance(record, Record):
        return "", "", "file"
    span = (decoder.ids.opaque.get(record.span) or span_id_text(record.span)) if record.span else ""
    return "" if record.trace is None else str(record.trace), span, record.service


@pytest.mark.parametrize(
    "odd",
    [{"span_id": "0" * 16}, {"trace_id": "0" * 32}, {"headers": {"traceparent": _HEADER[:-2] + "00"}}, {"service": ""},
     {"msg": f"trace_id={_TRACE}"}, {"msg": f"TRACE_ID={_TRACE}"}, {"duration_ms": 5}],
)  # fmt: skip
@pytest.mark.parametrize("without", [(), ("trace_id",), ("span_id",), ("trace_id", "span_id")])
def test_what_does_not_mean_what_it_says_is_for_the_general_way(odd: dict[str, Any], without: tuple[str, ...]):
    usual = {"trace_id": _TRACE, "span_id": _SPAN, "service": "api"}
    line = orjson.dumps({**{key: value for key, value in usual.items() if key not in without}, **odd})
    found = Glance(DEFAULTS).names([line], "file")
    assert found is None or found == [_told(line, DEFAULTS)]


@given(st.lists(_objects, min_size=1, max_size=4))
def test_a_glance_sees_what_the_general_way_reads_or_nothing(objects: list[dict[str, Any]]):
    glance = Glance(DEFAULTS)
    for line in map(orjson.dumps, objects):
        found = glance.names([line], "file")
        assert found is None or found == [_told(line, DEFAULTS)]


@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6).map(" ".join))
def test_of_a_text_a_glance_sees_what_the_general_way_reads_or_nothing(text: str):
    found = Glance(DEFAULTS).names([text.encode()], "file")
    assert found is None or found == [_told(text.encode(), DEFAULTS)]


def test_words_name_nothing():
    lines = [b"ready", b"0123456789abcdef0123456789abcdef - 28", b"listening on 10.0.0.1, port 80"]
    assert Glance(DEFAULTS).names(lines, "file") == [("", "", "file")] * 3
    assert Glance(Settings(default_service="d")).names(lines[:1], "") == [("", "", "")]  # as of all that gives no record
    for more in (b"created by main.main", b"main.run", b" indented", b"api-7f api ready", b"", b"trace_id=7"):
        assert Glance(DEFAULTS).names([more], "file") is None


def test_it_sees_the_usual_lines():
    lines = [orjson.dumps({"ts": 1, key: _TRACE, "span_id": _SPAN, "whose": "x", "tags": {"a": n}}) for n, key in
             enumerate(("trace_id", "traceId", "trace.id"))]  # fmt: skip
    assert Glance(DEFAULTS).names(lines, "file") == [(_TRACE, _SPAN, "file")] * 3
    alone = orjson.dumps({"ts": 1, "msg": "ready", "service": "api"})
    assert Glance(DEFAULTS).names([*lines, alone], "file") == [*[(_TRACE, _SPAN, "file")] * 3, ("", "", "api")]
    without_span = orjson.dumps({"trace_id": _TRACE, "msg": "x"})
    assert Glance(Settings(default_service="d")).names([without_span], "") == [(_TRACE, "", "d")]


def test_own_keys_and_formats_are_not_for_a_glance():
    line = orjson.dumps({"trace_id": _TRACE, "order": "7"})
    for settings in (Settings(trace_key="order"), Settings(formats='[{"name": "x"}]')):
        assert Glance(settings).names([line], "") is None


@pytest.mark.parametrize("text", [member.example for member in (*FORMATS, *ENVELOPES) if member.example])
def test_of_each_dialect_it_sees_what_is_there(text: str):
    line = text.encode()
    found = Glance(DEFAULTS).names([line], "file")
    assert found is None or found == [_told(line, DEFAULTS)]


def test_of_all_stories_it_sees_what_is_there():
    read = seen = 0
    for path in sorted(Path("fixtures").rglob("*.log")):
        glance = Glance(DEFAULTS)
        for line in path.read_bytes().splitlines():
            found = glance.names([line], "file")
            read, seen = read + 1, seen + (found is not None)
            assert found is None or found == [_told(line, DEFAULTS)]
    assert seen > read / 2
