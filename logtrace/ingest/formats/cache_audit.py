"""The platform's audit of its cache: a line of text whose message is a JSON object, marked by `audit_raw=true` behind it."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format

FORMAT = Format(
    "cache-audit",
    "audits of the platform's cache (text)",
    example='{"timestamp":"2025-11-10T19:36:30.000Z","level":"INFO","component":"cache.audit","event_id":"ev-9",'
    '"event_type":"cache.get","duration_ms":250250000,"request_id":"r-6","audit_raw":true}',
    marks=(("audit_raw", "event_id"),),
    keys={"name": ("operation", "event_type")},
    durations=(("duration_ms", "ns"),),  # a Go Duration, whatever the key says
)
