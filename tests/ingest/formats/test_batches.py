"""Objects that tell of several spans: each comes with its own ids, parent and times."""

from __future__ import annotations

import json
from typing import Any

import pytest

from logtrace.ids import NO_SPAN, span_id_text
from logtrace.ingest.records import Decoder
from logtrace.model import Record, Role

TRACE, CHILD, PARENT = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20", "b7ad6b7169203331", "00f067aa0ba902b7"
S = 1_741_944_413_000_000_000


def read(*objects: object) -> list[Record]:
    lines = "\n".join(json.dumps(value) for value in objects)
    return [record for _, record, _ in Decoder().lines(lines.encode()) if isinstance(record, Record)]


def tree(records: list[Record]) -> list[tuple[str, str, str | None, str, int | None]]:
    """(trace, span, parent, service and name, duration) of records; a root's parent is None."""
    return [
        (
            str(r.trace),
            span_id_text(r.span),
            span_id_text(r.parent) if r.parent else None,
            f"{r.service}: {r.name}",
            r.duration_ns,
        )
        for r in records
    ]


JAEGER: dict[str, Any] = {
    "data": [{"traceID": TRACE, "processes": {"p1": {"serviceName": "checkout"}, "p2": {"serviceName": "payments"}}, "spans": [
        {"traceID": TRACE, "spanID": PARENT, "operationName": "POST /checkout", "references": [], "startTime": 1741944413100000,
         "duration": 250250, "processID": "p1", "tags": [], "logs": []},
        {"traceID": TRACE, "spanID": CHILD, "operationName": "charge-card", "startTime": 1741944413120500, "duration": 180750,
         "references": [{"refType": "CHILD_OF", "traceID": TRACE, "spanID": PARENT}], "processID": "p2", "tags": [], "logs": []},
    ]}], "total": 0, "limit": 0, "errors": None,
}  # fmt: skip
SEGMENT = {"id": PARENT, "name": "checkout", "start_time": 1741944413.1, "end_time": 1741944413.35025, "subsegments": [
    {"id": CHILD, "name": "charge-card", "start_time": 1741944413.1205, "end_time": 1741944413.30125, "namespace": "remote"}],
    "trace_id": f"1-{TRACE[:8]}-{TRACE[8:]}"}  # fmt: skip
XRAY = {"Traces": [{"Id": "x", "Segments": [{"Id": PARENT, "Document": json.dumps(SEGMENT)}]}]}
COLUMNS = ["timestamp", "itemType", "cloud_RoleName", "operation_Id", "operation_ParentId", "id", "name", "duration", "success"]
AZURE = {"tables": [{"name": "PrimaryResult", "columns": [{"name": name} for name in COLUMNS], "rows": [
    ["2025-03-14T09:26:53.1Z", "request", "checkout", TRACE, TRACE, PARENT, "POST /checkout", 250.25, "True"],
    ["2025-03-14T09:26:53.1205Z", "dependency", "payments", TRACE, PARENT, CHILD, "charge-card", 180.75, "False"]]}]}  # fmt: skip


@pytest.mark.parametrize("batch", [JAEGER, AZURE], ids=["jaeger", "azure"])
def test_an_answer_with_all_spans(batch: object):
    assert tree(read(batch)) == [
        (TRACE, PARENT, None, "checkout: POST /checkout", 250_250_000),
        (TRACE, CHILD, PARENT, "payments: charge-card", 180_750_000),
    ]


SENTRY = {
    "type": "transaction", "transaction": "POST /checkout", "start_timestamp": 1741944413.1, "timestamp": 1741944413.35025,
    "contexts": {"trace": {"trace_id": TRACE, "span_id": PARENT, "op": "http.server", "status": "internal_error"}},
    "spans": [{"span_id": CHILD, "parent_span_id": PARENT, "op": "http.client", "description": "charge-card", "status": "ok",
               "start_timestamp": "2025-03-14T09:26:53.1205Z", "timestamp": "2025-03-14T09:26:53.30125Z"}],
}  # fmt: skip


def test_a_transaction_of_sentry_and_its_spans():
    found = read(SENTRY)
    assert [each[:4] for each in tree(found)] == [
        (TRACE, PARENT, None, ": POST /checkout"), (TRACE, CHILD, PARENT, ": charge-card"),
    ]  # fmt: skip
    assert [(r.start_ns, r.end_ns) for r in found] == [
        (S + 100_000_000, S + 350_250_000), (S + 120_500_000, S + 301_250_000),
    ]  # fmt: skip
    assert [(r.kind, r.error) for r in found] == [("server", 2), ("client", 0)]


def test_a_span_of_zipkin_v1_that_client_and_server_share():
    def at(micros: int, value: str, service: str) -> dict[str, Any]:
        return {"timestamp": 1741944413000000 + micros, "value": value, "endpoint": {"serviceName": service}}

    told = [
        at(100000, "cs", "checkout"),
        at(120500, "sr", "payments"),
        at(301250, "ss", "payments"),
        at(350250, "cr", "checkout"),
    ]
    where = [{"key": "http.path", "value": "/charge", "endpoint": {"serviceName": "payments"}},
             {"key": "sa", "value": True, "endpoint": {"serviceName": "payments"}}]  # fmt: skip
    shared = {
        "traceId": TRACE,
        "id": CHILD,
        "parentId": PARENT,
        "name": "charge",
        "annotations": told,
        "binaryAnnotations": where,
    }
    client, server = read(shared)
    assert tree([client, server]) == [
        (TRACE, CHILD, PARENT, "checkout: charge", 250_250_000), (TRACE, CHILD, PARENT, "payments: charge", 180_750_000),
    ]  # fmt: skip
    assert [(r.kind, [each.key for each in r.attributes]) for r in (client, server)] == [
        ("client", []),
        ("server", ["http.path"]),
    ]


def test_segments_as_text_in_an_answer():
    root, inner = read(XRAY)
    assert tree([root, inner]) == [
        (TRACE, PARENT, None, "checkout: checkout", None), (TRACE, CHILD, PARENT, "checkout: charge-card", None),
    ]  # fmt: skip
    assert (root.parent, inner.kind, inner.start_ns) == (NO_SPAN, "client", S + 120_500_000)


def test_spans_of_tracing_without_ids_of_their_own():
    around = [{"name": "POST /checkout", "trace_id": TRACE, "span_id": PARENT}]
    own = {"name": "charge_card", "order_id": "o-1", "otel.kind": "client"}
    base = {"level": "INFO", "target": "checkout"}
    new, event, close = read(
        {"timestamp": "2025-03-14T09:26:53.120500Z", **base, "fields": {"message": "new"}, "span": own, "spans": around},
        {"timestamp": "2025-03-14T09:26:53.2Z", **base, "fields": {"message": "retry"}, "span": own, "spans": [*around, own]},
        {"timestamp": "2025-03-14T09:26:53.301250Z", **base, "span": own, "spans": around,
         "fields": {"message": "close", "time.busy": "178ms", "time.idle": "2.75ms"}},
    )  # fmt: skip
    assert [Role(r.role) for r in (new, event, close)] == [Role.START, Role.POINT, Role.END]
    assert new.span == event.span == close.span != NO_SPAN
    assert {span_id_text(r.parent or 0) for r in (new, event, close)} == {PARENT}
    assert (close.duration_ns, close.name, close.kind) == (180_750_000, "charge_card", "client")


def test_a_span_link_and_an_exception():
    link = {"traceId": "02f1e6c5b3a7d0f9e2c4b1a8d56f3d76", "spanId": "7b209ab0aa760f00"}
    event = {"timeUnixNano": "1741944413200000000", "name": "exception",
             "attributes": [{"key": "exception.type", "value": {"stringValue": "Boom"}}]}  # fmt: skip
    span = {
        "traceId": TRACE,
        "spanId": CHILD,
        "name": "x",
        "links": [link],
        "events": [event],
        "status": {"code": 2, "message": "m"},
    }
    (found,) = read({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
    assert [(str(to.trace), span_id_text(to.span)) for to in found.links] == [(link["traceId"], link["spanId"])]
    assert (found.error, found.error_type) == (2, "Boom")


def test_what_a_later_otlp_says_beside_a_value_is_passed_over():
    def pair(key: str, value: object) -> dict[str, object]:
        return {"key": key, "value": value, "zz": 1}

    def told(*beside: tuple[str, object]) -> tuple[str, dict[str, str]]:
        more = dict(beside)
        inner = {"values": [{"stringValue": "a", **more}, {"intValue": "7", **more}], **more}
        attributes = [
            pair("k", {"stringValue": "v", **more}), pair("n", {**more, "intValue": "7"}),
            pair("list", {"arrayValue": inner, **more}),
            pair("map", {"kvlistValue": {"values": [pair("in", {"boolValue": True, **more})]}, **more}),
        ]  # fmt: skip
        resource = {"attributes": [pair("service.name", {"stringValue": "api", **more})]}
        span = {"traceId": TRACE, "spanId": CHILD, "name": "x", "attributes": attributes}
        (found,) = read({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]})
        return found.service, {each.key: each.value for each in found.attributes}

    known = {"service.name": '"api"', "k": '"v"', "n": "7", "list": '["a",7]', "map.in": "true"}
    assert told() == told(("zz", 1)) == told(("stringValueStrindex", {"x": [1]}), ("doubleValue", None)) == ("api", known)


@pytest.mark.parametrize(
    "batch", [{"resourceSpans": []}, {"Traces": [{}]}, {"data": [], "errors": None, "total": 0}, {"tables": [1]}]
)
def test_nothing_in_it_is_a_record_without_a_trace(batch: object):
    assert [record.trace for record in read(batch)] == [None]
