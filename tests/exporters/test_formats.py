"""Each format by the rules of whoever reads it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf.json_format import Parse
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from logtrace.exporters.csv import COLUMNS, csv_pieces
from logtrace.exporters.jaeger import jaeger_pieces
from logtrace.exporters.mermaid import mermaid
from logtrace.exporters.otlp import otlp_pieces
from logtrace.exporters.perfetto import perfetto_pieces
from logtrace.exporters.zipkin import zipkin_pieces
from logtrace.ids import TraceId
from logtrace.model import Link, Trace
from tests.builders import MS, T0, broken_pipe, log, slow_task, span, throttled, trace

ODD = "</script>;#\n`rm -rf`\x1b[31m =1+1 end"


def odd() -> Trace:
    """A bit of everything: times that are not known, parents that are inferred, a clock, odd text, links, loose lines."""
    root = span(ODD, attributes={"host.name": "h1", "n": 1 << 70, "f": 0.5, "l": [1, {"a": None}]}, kind="server")
    child = span("child", "worker", parent=root, at=1, ms=2, inferred=60, lines=[log(ODD, 1.5, 17), log("later", None)])
    open_ = span("open", parent=root, at=3, ms=None, links=[Link(TraceId(5, 6), 7)], soft="careful", guessed=True)
    nowhere = span("nowhere", "", parent=open_, at=None, ms=None, lower_bound=True)
    return trace(root, child, open_, nowhere, lines=[log("of no span", 2)])


TRACES = [slow_task(), broken_pipe(), throttled(), odd()]


def _with_bytes(value: Any) -> Any:
    """Ids as protobuf's own JSON has them."""
    import base64

    if isinstance(value, dict):
        ids = ("traceId", "spanId", "parentSpanId")
        return {k: base64.b64encode(bytes.fromhex(v)).decode() if k in ids else _with_bytes(v) for k, v in value.items()}
    return list(map(_with_bytes, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("made", TRACES)
def test_otlp_is_read_by_the_official_classes(made: Trace):
    (line,) = otlp_pieces([made])
    told = json.loads(line)
    parsed = Parse(json.dumps(_with_bytes(told)), TracesData())
    spans = [each for resource in parsed.resource_spans for scope in resource.scope_spans for each in scope.spans]
    assert [each.span_id.hex() for each in spans] == [
        each["spanId"] for resource in told["resourceSpans"] for scope in resource["scopeSpans"] for each in scope["spans"]
    ]
    by_id = {each.span_id: each for each in made.spans}
    for each in spans:
        known = by_id[each.span_id.hex()]
        assert each.name == known.name
        assert each.parent_span_id.hex() == (known.parent_span_id or "")
        assert known.start_ns is None or each.start_time_unix_nano == known.start_ns
        assert each.end_time_unix_nano - each.start_time_unix_nano == (known.duration_ns or 0)


@pytest.mark.parametrize("made", TRACES)
def test_jaeger_keeps_the_rules_of_its_ui(made: Trace):
    document = json.loads(b"".join(jaeger_pieces([made, made])))
    assert document.keys() == {"data", "total", "limit", "offset", "errors"}
    for each in document["data"]:
        assert each.keys() == {"traceID", "spans", "processes", "warnings"}
        assert list(each["processes"]) == [f"p{number}" for number in range(1, len(each["processes"]) + 1)]
        assert all("service.name" not in {tag["key"] for tag in process["tags"]} for process in each["processes"].values())
        for found in each["spans"]:
            assert re.fullmatch("[0-9a-f]{16}", found["spanID"]) and re.fullmatch("[0-9a-f]{16}|[0-9a-f]{32}", found["traceID"])
            assert isinstance(found["startTime"], int) and isinstance(found["duration"], int)
            assert found["processID"] in each["processes"] and "parentSpanID" not in found
            assert found["warnings"] is None or all(isinstance(text, str) for text in found["warnings"])
            kinds = [reference["refType"] for reference in found["references"]]
            assert kinds in ([], ["CHILD_OF"], ["CHILD_OF", "FOLLOWS_FROM"])
            for tag in (*found["tags"], *(field for entry in found["logs"] for field in entry["fields"])):
                types = {"string": str, "bool": bool, "float64": float, "int64": (int, str)}
                assert isinstance(tag["value"], types[tag["type"]])
                assert tag["key"] != "error" or tag["value"] is True


class _Untold:
    """A value that cannot be told."""

    def __str__(self) -> str:
        raise LookupError


@pytest.mark.parametrize("pieces_of", [jaeger_pieces, zipkin_pieces, csv_pieces])
def test_a_span_is_written_as_soon_as_it_is_made(pieces_of: Callable[[list[Trace]], Iterator[bytes]]):
    """Of a large trace there is never more than a span as text."""
    pieces = pieces_of([trace(span("first"), span("second", at=1), span("third", at=2, attributes={"a": _Untold()}))])
    assert any(b"second" in piece for piece in pieces)
    with pytest.raises((LookupError, TypeError)):
        list(pieces)


def test_zipkin_is_one_array_of_spans():
    spans = json.loads(b"".join(zipkin_pieces(TRACES)))
    assert len(spans) == sum(len(each.spans) for each in TRACES)
    for each in spans:
        assert re.fullmatch("[0-9a-f]{32}", each["traceId"]) and re.fullmatch("[0-9a-f]{16}", each["id"])
        assert each.get("kind", "CLIENT") in ("CLIENT", "SERVER", "PRODUCER", "CONSUMER")
        assert isinstance(each["timestamp"], int) and isinstance(each.get("duration", 0), int)
        assert all(isinstance(value, str) for value in each.get("tags", {}).values())
        assert each["localEndpoint"]["serviceName"]
    assert json.loads(b"".join(zipkin_pieces([]))) == []


@pytest.mark.parametrize("traces", [TRACES, []])
def test_slices_of_chrome_nest_and_match_their_spans(traces: list[Trace]):
    document = json.loads(b"".join(perfetto_pieces(traces)))
    slices = [each for each in document["traceEvents"] if each["ph"] == "X"]
    known = {each.span_id: each for made in traces for each in made.spans}
    assert len(slices) == len(known)
    zero_ns = int(document["otherData"]["start_ns"])
    tracks: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for each in slices:
        told = known[each["args"]["span_id"]]
        assert told.start_ns is None or round(each["ts"] * 1000) == told.start_ns - zero_ns
        assert round(each["dur"] * 1000) == (told.duration_ns or 0)
        tracks.setdefault((each["pid"], each["tid"]), []).append((each["ts"], each["ts"] + each["dur"]))
    for spans in tracks.values():
        for at, (start, end) in enumerate(spans):
            assert all(end <= first or start >= last or (start >= first and end <= last) for first, last in spans[:at])
    named = {(each["name"], each["pid"], each["tid"]) for each in document["traceEvents"] if each["ph"] == "M"}
    assert all(("thread_name", *track) in named and ("process_name", track[0], 0) in named for track in tracks)


def test_a_row_of_csv_is_a_span_and_no_formula():
    text = b"".join(csv_pieces(TRACES)).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == sum(len(each.spans) for each in TRACES)
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())
    child = next(row for row in rows if row["operation"] == "child")
    assert json.loads(child["inferred"]) == {"parent": "contain", "parent.confidence": 60}
    formula = next(csv.DictReader(io.StringIO(b"".join(csv_pieces([trace(span("=1+1"))])).decode())))
    assert formula["operation"] == "'=1+1"


def test_nothing_in_a_name_means_anything_to_mermaid():
    text = mermaid(odd()).decode()
    assert text.startswith("sequenceDiagram\n")
    calls = [line for line in text.splitlines() if ">>+" in line]
    assert len(calls) == text.count("-caller: ") + text.count("-s1: ") + text.count("-s2: ") == 4
    assert not set("<\x1b`[") & set(text)
    assert "script" in text and "#60;" in text and "(inferred, 60 %)" in text
    assert all(re.match(r"    (participant s?\w+ as |s?\w+-|%% trace |Note )", line) for line in text.splitlines()[1:])


def test_lines_of_a_trace_without_spans_are_not_lost():
    made = trace(lines=[log("one", 0), log("two", 3)])
    (line,) = otlp_pieces([made])
    (found,) = json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert [each["timeUnixNano"] for each in found["events"]] == [str(T0), str(T0 + 3 * MS)]
    assert {"key": "logtrace.inferred.span", "value": {"boolValue": True}} in found["attributes"]
