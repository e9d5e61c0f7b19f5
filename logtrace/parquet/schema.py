"""The one schema of spans in Parquet. Names are those of OpenTelemetry's protocol, in its Arrow spelling.

Sources: opentelemetry-proto trace.proto (names), OTel Arrow data model (one row a span, times in nanoseconds), the ClickHouse
exporter of the collector (resource, attributes and events beside the span, not in tables of their own).

    trace_id … links                    what any reader of OpenTelemetry knows
    parent_source … trace_is_capped     what is inferred, and how sure that is; what was left out
    logtrace                            what a span of the store has besides: reading it back loses nothing

A row without a span_id holds log lines of its trace that name no span.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from logtrace.units import format_instant

if TYPE_CHECKING:
    import pyarrow

VERSION = 1
"""Goes up when a column changes its meaning; new columns may come at the end."""

META = "logtrace"
"""The key in a file's footer, and (with .json) the name of the file in a folder, that has what goes with all rows."""


@cache
def schema() -> pyarrow.Schema:
    """The columns of a file."""
    import pyarrow as pa

    text, pairs = pa.string(), pa.map_(pa.string(), pa.string())
    event = pa.struct([("time_unix_nano", pa.int64()), ("name", text), ("attributes", pairs)])
    line = pa.struct([("hash", pa.int64()), ("severity", pa.int32()), ("path", text), ("line", pa.int64())])
    return pa.schema([
        ("trace_id", text), ("span_id", text), ("parent_span_id", text), ("name", text), ("kind", text), ("service_name", text),
        ("start_time_unix_nano", pa.int64()), ("duration_nano", pa.int64()), ("status_code", text), ("status_message", text),
        ("resource_attributes", pairs), ("attributes", pairs), ("events", pa.list_(event)),
        ("links", pa.list_(pa.struct([("trace_id", text), ("span_id", text)]))),
        ("parent_source", text), ("parent_confidence", pa.int32()), ("name_inferred", pa.bool_()),
        ("duration_is_lower_bound", pa.bool_()), ("trace_is_capped", pa.bool_()),
        ("logtrace", pa.struct([
            ("facts", pa.int64()), ("error", pa.int32()), ("flags", pa.int64()), ("attribute_kinds", text), ("extra", text),
            ("trace_text", text), ("span_text", text), ("parent_text", text), ("is_short", pa.bool_()), ("lines", pa.list_(line)),
        ])),
    ])  # fmt: skip


SPANS = "spans"
"""The folder of a folder in which the files of spans lie, by date."""

DELTA = ("start_time_unix_nano", "events.list.element.time_unix_nano", "logtrace.lines.list.element.line")
"""Columns of numbers that follow one another closely."""

PLAIN = ("span_id", "parent_span_id")
"""Columns whose values are all different: a dictionary of them would only cost."""

NO_DATE = "__HIVE_DEFAULT_PARTITION__"


def date_of(start_ns: int | None) -> str:
    """The partition `date` of a trace that starts then: the day in UTC."""
    return NO_DATE if start_ns is None else format_instant(start_ns, digits=0)[:10]
