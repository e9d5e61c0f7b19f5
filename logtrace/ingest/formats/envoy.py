"""Envoy's JSON access log, and Istio's: operators choose the keys, these are the usual ones. The start is logged, and
milliseconds; a trace header is the one that the proxy sends on, so its span is the proxy's own."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "envoy",
    "Envoy and Istio access logs",
    example='{"start_time":"2024-01-10T14:30:00.000Z","method":"GET","path":"/","response_code":200,"response_flags":"-","duration":250,'
    '"upstream_cluster":"api","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","x_b3_spanid":"a3ce929d0e0e4736"}',
    marks=(("start_time", "response_code"), ("response_flags",), ("responseFlags",), ("upstream_cluster", "duration")),
    keys={
        "trace": (*ALIASES["trace"], "x_b3_traceid"),
        "span": (*ALIASES["span"], "x_b3_spanid"),
        "parent": (*ALIASES["parent"], "x_b3_parentspanid"),
        "request": (),
    },
    unit="ms",
    time_is_start=True,
    own_header=True,
)
