"""What other systems export and send, as targets to be fuzzed: files for `logtrace import`, bodies for `serve --otlp`."""

from __future__ import annotations

import io
from contextlib import suppress

import orjson

from logtrace.ingest.exports import IMPORTS
from logtrace.ingest.exports.json_parts import BrokenError
from logtrace.ingest.records import Decoder
from logtrace.server import otlp_body
from logtrace.server.otlp_body import JSON, PROTOBUF, RefusedError

_SPAN = {
    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "spanId": "a3ce929d0e0e4736", "name": "POST /cart", "kind": 2,
    "startTimeUnixNano": "1704897000000000000", "endTimeUnixNano": "1704897000250000000", "status": {"code": 2},
    "attributes": [{"key": "n", "value": {"arrayValue": {"values": [{"intValue": "7"}]}}}],
    "events": [{"name": "miss", "timeUnixNano": "1704897000100000000"}],
    "links": [{"traceId": "aa" * 16, "spanId": "b" * 16}],
}  # fmt: skip
_RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "cart"}}]}
_OTLP = {"resourceSpans": [{"resource": _RESOURCE, "scopeSpans": [{"scope": {"name": "s"}, "spans": [_SPAN]}]}]}
_RECORD = {"timeUnixNano": "1704897000000000000", "severityNumber": 9, "body": {"stringValue": "x"}, "traceId": "aa" * 16}
_LOGS = {"resourceLogs": [{"resource": _RESOURCE, "scopeLogs": [{"logRecords": [_RECORD]}]}]}
_JAEGER = {"data": [{"traceID": "aa" * 16, "processes": {"p1": {"serviceName": "api"}}, "spans": [
    {"traceID": "aa" * 16, "spanID": "b" * 16, "processID": "p1", "operationName": "GET", "startTime": 1704897000000000,
     "duration": 5, "references": [], "tags": [{"key": "error", "type": "bool", "value": True}], "logs": []}]}]}  # fmt: skip
_ZIPKIN = [{"traceId": "aa" * 16, "id": "b" * 16, "kind": "SERVER", "name": "get", "timestamp": 1704897000000000, "duration": 5,
            "localEndpoint": {"serviceName": "api"}, "tags": {"http.path": "/"}}]  # fmt: skip


def imports(data: bytes) -> None:
    """Every format of exports: what is whole is cut into lines of JSON, of each of which a record or a reason comes."""
    for each in IMPORTS:
        cut: list[bytes] = []
        with suppress(BrokenError):
            cut += each.lines(io.BytesIO(data).read)
        _read(cut)


def sent(data: bytes) -> None:
    """What an SDK sends: it is refused, or comes as lines."""
    for signal in ("traces", "logs"):
        for kind in (JSON, PROTOBUF):
            with suppress(RefusedError):
                _read(otlp_body.sent(data, "", kind, signal).lines.splitlines())


def _read(lines: list[bytes]) -> None:
    for line in lines:
        orjson.loads(line)
        assert b"\n" not in line, line
    decoder = Decoder()
    told = {index for index, _, _ in decoder.lines(b"\n".join(lines))}
    assert len(told) == len(lines), f"{len(told)} of {len(lines)} lines are told of"


def seeds() -> list[bytes]:
    """A document of each format, and some too deep to be written again."""
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    documents = [orjson.dumps(each) for each in (_OTLP, _LOGS, _JAEGER, _ZIPKIN)]
    bare = orjson.loads(orjson.dumps(_OTLP).replace(b'"4bf92f3577b34da6a3ce929d0e0e4736"', b'"S/kvNXezTaajzpKdDg5HNg=="'))
    message: bytes = ParseDict(bare, TracesData(), ignore_unknown_fields=True).SerializeToString()
    deep = [each.replace(b'"x"', b"[" * 400 + b"]" * 400).replace(b'"GET"', b"[" * 400 + b"]" * 400) for each in documents]
    deep += [each.replace(b'"s"', b"[" * 400 + b"]" * 400).replace(b'"get"', b"[" * 400 + b"]" * 400) for each in documents]
    return [*documents, *deep, orjson.dumps(_OTLP, option=orjson.OPT_INDENT_2), message]
