"""The systemd journal as `journalctl -o json` writes it: an object a line, all values text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

from logtrace.ingest.envelopes._base import Envelope, Peeled, Steady
from logtrace.ingest.envelopes._syslog import severity_of
from logtrace.ingest.envelopes._values import inner_of, known, text_of
from logtrace.units import NS, sensible

_COUNTED = (
    "__CURSOR", "__MONOTONIC_TIMESTAMP", "__SEQNUM", "_SOURCE_BOOTTIME_TIMESTAMP", "_SOURCE_MONOTONIC_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP", "CONTAINER_LOG_ORDINAL", "SYSLOG_TIMESTAMP",
)  # fmt: skip
"""What each entry has of its own, and no layer knows."""

_NO_TEXT = '{"MESSAGE":null}'
"""journalctl leaves out messages over 4096 bytes unless it is asked for --all."""


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer of an entry with a time. A message is text, a list of bytes (colours, odd bytes) or missing."""
    time = text_of(record.get("__REALTIME_TIMESTAMP"))
    if not _is_time(time):
        return None
    unit = text_of(record.get("_SYSTEMD_UNIT"))
    identifier = text_of(record.get("SYSLOG_IDENTIFIER"))
    container = text_of(record.get("CONTAINER_NAME"))
    resource = known(
        ("host.name", record.get("_HOSTNAME")),
        ("systemd.unit", unit),
        ("syslog.identifier", identifier),
        ("container.name", container),
        ("container.id", record.get("CONTAINER_ID_FULL")),
        ("process.pid", record.get("_PID")),
    )
    return Peeled(
        _message(record.get("MESSAGE")),
        _instant(time),
        container or identifier or unit.removesuffix(".service"),
        resource,
        stream=f"{identifier or unit}[{text_of(record.get('_PID'))}]",
        severity=severity_of(record.get("PRIORITY")),
    )


def _is_time(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and text.isdecimal() and len(text) <= 18 and text.isascii()


def _instant(time: str) -> int | None:
    return sensible(int(time) * NS["us"])


def _instants(times: Sequence[object]) -> Sequence[int | None]:
    return [_instant(time) if _is_time(time) else None for time in times]


def _message(value: object) -> str:
    if isinstance(value, list) and value:
        if all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
            value = bytes(value).decode("utf-8", "replace")
        else:  # the field came more than once
            return "\n".join(_message(part) for part in value if isinstance(part, (str, list)))
    inner = inner_of(value)
    return _NO_TEXT if inner is None else inner


ENVELOPE = Envelope(
    name="journald",
    example='{"__REALTIME_TIMESTAMP":"1741944413301550","PRIORITY":"6","SYSLOG_IDENTIFIER":"payments",'
    '"_SYSTEMD_UNIT":"payments.service","_HOSTNAME":"web-1","MESSAGE":"{\\"msg\\":\\"Task created\\"}"}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(frozenset({"__REALTIME_TIMESTAMP"}),),
    steady=Steady("MESSAGE", ("__REALTIME_TIMESTAMP",), _COUNTED, _instants),
)
