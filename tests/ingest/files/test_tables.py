"""Tables that log stores export: what each says of the one span, through a file and the decoder."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest

import logtrace
from logtrace.ingest.files.paths import expand
from logtrace.ingest.files.sources import Opened, inspect
from logtrace.ingest.files.tables import _LONGEST_ROW, Rows, table_of
from logtrace.model import Span

TRACE, SPAN = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20", "b7ad6b7169203331"
LINE = (
    f'{{"time":"2025-03-14T09:26:53.30125Z","msg":"one\\ntwo","service":"payments","trace_id":"{TRACE}",'
    f'"span_id":"{SPAN}","operation":"charge-card","duration_ms":180.75}}'
)
OUTER = "2025-03-14T09:26:54.999Z"
FIELDS = ["charge-card", "payments", TRACE, SPAN, "180.75"]

TABLES: dict[str, tuple[list[str], list[str]]] = {
    "CloudWatch Logs Insights": (["@timestamp", "@message", "@log"], ["2025-03-14 09:26:54.999", LINE, "1:/ecs/payments"]),
    "CloudWatch's console": (["timestamp", "message"], ["1741944414999", LINE]),
    "Grafana": (
        ["labels", "Time", "Line", "tsNs", "id"],
        ['{"app":"x"}', "2025-03-14 09:26:54", LINE, "1741944414999000000", "1"],
    ),
    "Splunk": (["_raw", "_time", "host", "source"], [LINE, OUTER, "web-1", "app.log"]),
    "Graylog": (["timestamp", "source", "message"], [OUTER, "web-1", LINE]),
    "Datadog": (
        ["Date", "Host", "Service", "@operation", "@trace_id", "@span_id", "@duration_ms", "Message"],
        ["2025-03-14T09:26:53.301Z", "web-1", "payments", "charge-card", *FIELDS[2:], "one, two"],
    ),
    "Kibana": (
        ["@timestamp", "message", "event.action", "service.name", "trace.id", "span.id", "event.duration"],
        ["Mar 14, 2025 @ 09:26:53.301", "one", *FIELDS[:4], "180,750,000"],
    ),
    "Google Cloud": (
        ["logName", "insertId", "timestamp", "trace", "spanId", "jsonPayload.operation", "jsonPayload.service",
         "jsonPayload.duration_ms"],
        ["projects/p/logs/x", "1", "2025-03-14T09:26:53.301Z", f"projects/p/traces/{TRACE}", SPAN, *FIELDS[:2], "180.75"],
    ),
    "Azure": (
        ["timestamp [UTC]", "id", "operation_Id", "name", "duration", "cloud_RoleName", "itemType"],
        ["3/14/2025, 9:26:53.120 AM", SPAN, TRACE, "charge-card", "180.75", "payments", "request"],
    ),
    "Honeycomb": (
        ["Timestamp", "trace.trace_id", "trace.span_id", "name", "service.name", "duration_ms"],
        ["2025-03-14T09:26:53.1205Z", TRACE, SPAN, "charge-card", "payments", "180.75"],
    ),
}  # fmt: skip
"""The header and the row of one span."""


def written(*rows: list[str], between: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=between, quoting=quoting, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    return text.getvalue().encode()


def lines_of(data: bytes) -> list[bytes]:
    table = table_of(data)
    assert table is not None
    rows = Rows(io.BytesIO(data), table)
    return b"".join(iter(lambda: rows.read1(100), b"")).split(b"\n")


def span_of(path: Path) -> Span:
    (trace,) = logtrace.read([str(path)])
    (span,) = [span for _, span in trace.walk() if not span.phantom]
    return span


@pytest.mark.parametrize("name", TABLES)
def test_what_a_table_says(name: str, tmp_path: Path):
    path = tmp_path / "logs.csv"
    path.write_bytes(written(*TABLES[name], quoting=csv.QUOTE_ALL))
    span = span_of(path)
    assert (str(span.trace_id), str(span.span_id), span.service, span.name) == (TRACE, SPAN, "payments", "charge-card")
    assert span.duration_ns == 180_750_000
    assert abs(span.start_ns - 1_741_944_413_120_500_000) < 1_000_000


@pytest.mark.parametrize(
    "packed", [gzip.compress, lambda data: data.decode().encode("utf-16"), lambda data: b"\xef\xbb\xbf" + data]
)
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_tables_packed_and_parted_otherwise(packed, between: str, tmp_path: Path):
    path = tmp_path / "table.csv"
    path.write_bytes(packed(written(*TABLES["Graylog"], between=between)))
    assert str(span_of(path).span_id) == SPAN


def test_each_row_stands_on_the_line_of_its_number():
    rows = [["time", "message"], ["1", "a"], ["2", "b\nc"], ["time", "message"], ["3", "d"]]
    assert lines_of(written(*rows)) == [
        b"", b'{"time":1,"message":"a"}', b'{"time":2,"message":"b\\nc"}', b"", b"", b'{"time":3,"message":"d"}', b"",
    ]  # fmt: skip


def test_a_row_that_is_not_whole_yet_comes_as_it_is():
    assert lines_of(b'time,message\n1,a\n2,"b') == [b"", b'{"time":1,"message":"a"}', b'2,"b']


def test_a_quote_too_many_costs_its_line_alone():
    rest = b"".join(b'2,"%d"\n' % number for number in range(_LONGEST_ROW // 8))
    found = lines_of(b'time,message\n1,"a\n' + rest)
    assert (found[1], found[2], found[-2]) == (
        b'{"time":1,"message":"a"}', b'{"time":2,"message":"0"}', b'{"time":2,"message":"%d"}' % (_LONGEST_ROW // 8 - 1),
    )  # fmt: skip


def test_cells_without_a_name_are_kept():
    assert lines_of(b"time,message\n1,a,b\n")[1] == b'{"time":1,"message":"a","column 3":"b"}'


@pytest.mark.parametrize(
    "text",
    [b"a,b,c\n1,2,3\n", b"time,message", b"message,size\nx,1\n", b"Starting service, message ready\n", b"time,time,msg\n"],
)
def test_what_is_no_table_of_logs(text: bytes, tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_bytes(text)
    (opened,) = inspect(str(path))
    assert isinstance(opened, Opened)
    assert (opened.kind, opened.head) == ("file", text)


def test_of_a_folder_those_are_logs_that_are_named_like_some(tmp_path: Path):
    for name in ("logs-insights-results (1).csv", "log-events-viewer-result.csv", "catalog.csv", "prices.csv"):
        (tmp_path / name).write_bytes(written(*TABLES["Graylog"]))
    found, _ = expand([str(tmp_path)])
    assert sorted(Path(path).name for path in found) == ["log-events-viewer-result.csv", "logs-insights-results (1).csv"]
