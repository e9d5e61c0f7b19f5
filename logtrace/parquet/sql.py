"""What a Dataset asks DuckDB: the rows are in the view `spans`; see schema."""

from __future__ import annotations

from logtrace.columns import MISSING

ROW = "(file_index::BIGINT << 32) | file_row_number"
"""A number for each row of each file."""

OBSERVED = 4 << 20 | 4 << 24
"""In `facts`: lines state both ends of a span; see store.reading.history."""

MOST_NEAR = 1_000
MEANT = """trace_id[17:] = $low OR starts_with(trace_id, $digits) OR starts_with(ltrim(trace_id, '0'), $bare)
    OR starts_with(lower(logtrace.trace_text), $lower) OR starts_with(logtrace.trace_text, $digits)
    OR span_id = $span OR parent_span_id = $span
    OR list_contains(map_values(attributes), $text) OR list_contains(map_values(resource_attributes), $text)"""
NEAR = "starts_with(trace_id, $head) OR starts_with(trace_id[17:], $head) OR ends_with(trace_id, $tail)"

SERVICES = """
SELECT service_name, sum(n)::BIGINT, sum((n > 0)::INT)::BIGINT, sum(e)::BIGINT, min(a), max(b) FROM (
    SELECT service_name, name, kind, count(span_id) AS n, count(span_id) FILTER (logtrace.error > 0) AS e,
        min(start_time_unix_nano) AS a, max(start_time_unix_nano) AS b FROM spans
    WHERE ($since::BIGINT IS NULL OR start_time_unix_nano >= $since) AND ($until::BIGINT IS NULL OR start_time_unix_nano < $until)
    GROUP BY ALL
) GROUP BY service_name ORDER BY service_name"""

TRACES = f"""
SELECT trace_id, coalesce(min(start_time_unix_nano), {MISSING}) AS start_ns, ('0x' || trace_id[17:])::UBIGINT AS low
FROM spans GROUP BY trace_id HAVING ($service = '' OR bool_or(service_name = $service))
    AND (NOT $failed OR bool_or(logtrace.error > 0))
    AND ($since::BIGINT IS NULL OR min(start_time_unix_nano) >= $since)
    AND ($until::BIGINT IS NULL OR min(start_time_unix_nano) < $until) ORDER BY trace_id"""

AS_JSON = """SELECT to_json(columns)::VARCHAR FROM (SELECT * REPLACE (
    [[e.key, e.value] FOR e IN map_entries(attributes)] AS attributes,
    [[e.key, e.value] FOR e IN map_entries(resource_attributes)] AS resource_attributes,
    [{{time_unix_nano: e.time_unix_nano, attributes: [['message', coalesce(e.attributes['message'], '')]]}} FOR e IN events]
    AS events) FROM ({rows})) columns"""
"""Rows by column: as JSON they become values of Python in a third of the time that Arrow takes."""
