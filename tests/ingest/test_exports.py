"""Exported files are cut into lines: whole, in constant memory, and what is broken is told with its place."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.exports import IMPORTS, import_of
from logtrace.ingest.exports.json_parts import BrokenError, parts

OTLP = {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"scope": {"name": "s"}, "spans": [{"spanId": "1"}]}]}]}
JAEGER = {"data": [{"spans": [{"spanID": "1", "processID": "p1"}], "processes": {"p1": {"serviceName": "api"}}}]}
ZIPKIN = [{"traceId": "1", "id": "2"}, {"traceId": "1", "id": "3"}]

_leaves = st.none() | st.booleans() | st.integers() | st.text()
_values = st.recursive(_leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
_objects = st.dictionaries(st.text(), _values, max_size=3)


def cut(form: str, text: bytes, step: int = 1 << 20) -> list[Any]:
    source = io.BytesIO(text)
    named = next(each for each in IMPORTS if each.name == form)
    return [json.loads(line) for line in named.lines(lambda size: source.read(min(size, step)))]


@given(st.lists(_objects, max_size=5), st.integers(1, 9), st.sampled_from([None, 1]), st.booleans())
def test_parts_are_what_stands_in_a_document(objects: list[Any], step: int, indent: int | None, escaped: bool):
    document = {"a}": "]", "x": [{"spans": objects, "n": '"\\'}, 7, {"y": {}}], "spans": [1]}
    text = json.dumps(document, indent=indent, ensure_ascii=escaped).encode("utf-8", "surrogatepass") * 2
    source = io.BytesIO(text)
    found = list(parts(lambda _: source.read(step), {("x", "*", "spans", "*")}, {("x", "*")}))
    assert [json.loads(each.text) for each in found if each.text is not None] == objects * 2
    assert [each.path for each in found if each.text is None] == [("x", "*")] * 4


def test_formats_are_told_by_content():
    for name, document in (("otlp-json", OTLP), ("jaeger", JAEGER), ("zipkin", ZIPKIN)):
        form = import_of(b"\xef\xbb\xbf \n" + json.dumps(document).encode())
        assert form is not None and form.name == name
    assert import_of(b'{"msg": "a log"}') is None
    assert import_of(b"\x0a\x10\x0a\x02") is IMPORTS[-1]


def test_each_span_is_a_line_with_what_it_came_with():
    assert cut("otlp-json", json.dumps(OTLP, indent=2).encode()) == [OTLP]
    late = {
        "resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": "1"}], "scope": {"name": "s"}}], "resource": {"attributes": []}}]
    }
    assert cut("otlp-json", json.dumps(late).encode()) == [OTLP]
    (span,) = cut("jaeger", json.dumps(JAEGER).encode())
    assert span == {"process": {"serviceName": "api"}, "spanID": "1", "processID": "p1"}
    for document in (ZIPKIN, [ZIPKIN]):
        assert cut("zipkin", json.dumps(document, indent=1).encode(), 3) == ZIPKIN
    assert cut("zipkin", b"\n".join(json.dumps(each).encode() for each in ZIPKIN)) == ZIPKIN


@pytest.mark.parametrize("form", ["otlp-json", "jaeger", "zipkin"])
def test_wherever_a_file_is_cut_off_it_is_told(form: str):
    text = json.dumps({"otlp-json": OTLP, "jaeger": JAEGER, "zipkin": ZIPKIN}[form]).encode()
    for size in range(1, len(text)):
        with pytest.raises(BrokenError):
            cut(form, text[:size])


@pytest.mark.parametrize(
    "text",
    [
        b'{"data":[}',
        b'{"data":[{"spans":[{"a":1} {"a":2}]}]}',
        b'{"data":[]} x',
        b"]",
        b'{"data" [{}]}',
        b'{"data":[{"spans":[{a}]}]}',
    ],
)
def test_what_is_no_json_is_told(text: bytes):
    with pytest.raises(BrokenError):
        cut("jaeger", text)


def test_protobuf_alone_and_behind_lengths():
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    made = TracesData()
    scoped = made.resource_spans.add().scope_spans.add()
    scoped.scope.name = "s"
    for number in (1, 2):
        scoped.spans.add(trace_id=bytes(16), span_id=bytes([number] * 8), name="op")
    raw = made.SerializeToString()
    names = [line["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"] for line in cut("otlp-proto", raw, 5)]
    assert names == ["op", "op"]
    framed = (len(raw).to_bytes(4, "big") + raw) * 2
    assert len(cut("otlp-proto", framed)) == 4
    for size in range(1, len(raw)):
        with pytest.raises(BrokenError):
            cut("otlp-proto", raw[:size])


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file():
    """One Jaeger trace of 40,000 spans, which are known only behind them whose they are."""
    import tracemalloc

    def pieces() -> Iterator[bytes]:
        yield b'{"data":[{"spans":['
        span = json.dumps({"spanID": "1", "processID": "p1", "tags": [{"key": "k", "value": "v" * 400}] * 2}).encode()
        for number in range(40_000):
            yield (b"," if number else b"") + span
        yield b'],"processes":{"p1":{}}}]}'

    left = pieces()
    held = b""

    def read(size: int) -> bytes:
        nonlocal held
        while len(held) < size and (more := next(left, b"")):
            held += more
        data, held = held[:size], held[size:]
        return data

    named = next(each for each in IMPORTS if each.name == "jaeger")
    tracemalloc.start()
    count = sum(1 for _ in named.lines(read))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 40_000
    assert peak < 30 << 20, "of 38 MB"


def test_processes_that_are_nested_too_deeply_are_no_reason_to_stop():
    text = json.dumps(JAEGER).replace('"api"', "[" * 400 + "]" * 400).encode()
    (span,) = cut("jaeger", text)
    assert span["spanID"] == "1"
