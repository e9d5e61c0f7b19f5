"""Heroku's router, as pairs behind its name: the line comes when the answer is sent, `service` tells how long that
took."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with what went wrong under the keys of an error: `at=error code=H12 desc="Request timeout"`."""
    if record.get("at") != "error":
        return record
    failed = {"error.type": record.get("code"), "error.message": record.get("desc")}
    return {**record, **{key: value for key, value in failed.items() if value is not None}}


FORMAT = Format(
    "heroku-router",
    "Heroku's router",
    example='{"at":"info","method":"GET","path":"/","host":"shop.example.com","request_id":"r-1","fwd":"10.0.0.7","dyno":"web.1",'
    '"connect":"0ms","service":"250ms","status":200,"bytes":13}',
    marks=(("dyno", "connect", "service", "fwd"),),
    keys={"service": (), "level": ("at",)},
    durations=(("service", "ms"),),
    rewrite=rewrite,
)
