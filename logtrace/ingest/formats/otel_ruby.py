r"""opentelemetry-ruby's ConsoleSpanExporter: a struct as Ruby's `pp` prints it, ids as strings of bytes.

#<struct OpenTelemetry::SDK::Trace::SpanData
 name="GET /",
 kind=:server,
 …
 span_id="\xA3\xCE\x92\x9D\x0E\x0EG6",
 trace_id="K\xF9/5w\xB3M\xA6\xA3\xCE\x92\x9D\x0E\x0EG6",
 trace_flags=#<OpenTelemetry::Trace::TraceFlags:0x00 @flags=1>>
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import kind_of, object_of, resource_told, with_rest
from logtrace.patterns import lazy_pattern

HEADS = (b"#<struct OpenTelemetry::SDK::Trace::SpanData",)
_FIELD = lazy_pattern(r"^ (\w+)=\s*(.*(?:\n  .*)*)", re.MULTILINE)
_TEXT = r'"((?:[^"\\]|\\.)*)"'
_QUOTED = lazy_pattern(_TEXT, re.DOTALL)
_PAIR = lazy_pattern(rf"{_TEXT}\s*=>\s*(?:{_TEXT}|([\w.+-]+))", re.DOTALL)
_STATUS = lazy_pattern(rf"@code=(\d)(?:,\s*@description={_TEXT})?")
_ESCAPE = lazy_pattern(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "v": "\v", "f": "\f", "e": "\x1b", "0": "\0"}
_CODES = {"0": "ok", "1": "unset", "2": "error"}
_WORDS = {"true": True, "false": False, "nil": None}


def goes_on(line: bytes, _count: int) -> bool:
    """Fields are indented."""
    return line[:1] == b" "


def block(text: str) -> dict[str, Any] | None:
    """The fields as they are printed; None where there are no ids among them."""
    fields = {key: value.rstrip(",>") if "#<" not in value else value for key, value in _FIELD.findall(text)}
    return {"otel.ruby": fields} if {"trace_id", "span_id"} <= fields.keys() else None


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span. Times are nanoseconds; its numbers of status are Ruby's own."""
    fields = {key: str(value) for key, value in object_of(record.get("otel.ruby")).items()}
    resource, status = _pairs(fields.get("resource", "")), _STATUS.search(fields.get("status", ""))
    told = {
        **resource_told(resource),
        "trace": _hex(fields.get("trace_id", "")),
        "span": _hex(fields.get("span_id", "")),
        "parent": _hex(fields.get("parent_span_id", "")) or None,
        "name": _text(fields.get("name", "")),
        "kind": kind_of(fields.get("kind", "").removeprefix(":")),
        "start": _number(fields.get("start_timestamp")),
        "end": _number(fields.get("end_timestamp")),
        "status": _CODES.get(status[1], "unset") if status else "unset",
    }
    if status and status[2]:
        told["error_message"] = _unescaped(status[2])
    return [with_rest(told, {**resource, **_pairs(fields.get("attributes", ""))})]


def _pairs(text: str) -> dict[str, Any]:
    return {
        _unescaped(key): _WORDS.get(word, _number(word) or word) if word else _unescaped(value)
        for key, value, word in _PAIR.findall(text)
    }


def _text(value: str) -> str:
    found = _QUOTED.match(value)
    return _unescaped(found[1]) if found else ""


def _hex(value: str) -> str:
    return _text(value).encode("latin-1", "replace").hex()


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _ESCAPES.get(m[3], m[3]), text)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) < 20 else None


FORMAT = Format(
    "otel-ruby",
    "opentelemetry-ruby's ConsoleSpanExporter (structs over several lines)",
    example=r'{"otel.ruby":{"name":"\"GET /\"","kind":":server","start_timestamp":"1704897000000000000","end_timestamp":'
    r'"1704897000250250000","span_id":"\"\\xA3\\xCE\\x92\\x9D\\x0E\\x0EG6\"","trace_id":'
    r'"\"K\\xF9/5w\\xB3M\\xA6\\xA3\\xCE\\x92\\x9D\\x0E\\x0EG6\""}}',
    marks=(("otel.ruby",),),
    read=read,
)
