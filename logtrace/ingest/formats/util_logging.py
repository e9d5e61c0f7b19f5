"""java.util.logging's SimpleFormatter (two lines a record), and the spans that otel-java's LoggingSpanExporter writes with it.

    Mar 14, 2025 9:26:53 AM io.opentelemetry.exporter.logging.LoggingSpanExporter export
    INFO: 'GET /' : 4bf92f3577b34da6a3ce929d0e0e4736 a3ce929d0e0e4736 SERVER [tracer: app:1.0] AttributesMap{data={…}, …}

Such a span has neither its times nor its parent; the time is when it was exported. Other loggers write it on one line.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import kind_of, with_rest
from logtrace.ingest.formats.otel_java_text import PAIR
from logtrace.patterns import lazy_pattern

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HEADS = tuple(month.encode() for month in _MONTHS)
_HEAD = lazy_pattern(r"([A-Z][a-z]{2} \d{1,2}, \d{4}),? (\d{1,2}:\d\d:\d\d)\s([AP]M) ([\w.$]+)(?: ([\w$<>]+))?\s*", re.ASCII)
_LEVELS = {"SEVERE": "ERROR", "WARNING": "WARN", "INFO": "INFO", "CONFIG": "DEBUG", "FINE": "DEBUG", "FINER": "TRACE"}
_SPAN = lazy_pattern(
    r"'(?P<name>.*)' : (?P<trace>[0-9a-f]{32}) (?P<span>[0-9a-f]{16}) (?P<kind>[A-Z]+) \[tracer: [^\]]*\] (?P<rest>.*)", re.DOTALL
)


MARK = " [tracer: "
_OF_OTHERS = lazy_pattern(
    r"(?P<head>[^'\n]{0,500})(?P<span>'[^\n]* : [0-9a-f]{32} [0-9a-f]{16} [A-Z]+ \[tracer: .*)", re.ASCII | re.DOTALL
)
_TIME = lazy_pattern(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,:](\d{1,9}))? ?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def line(text: str) -> dict[str, Any] | None:
    """The same record of a line in which another logger writes what is logged with java.util.logging: Spring's through SLF4J, or
    that of OpenTelemetry's agent."""
    found = _OF_OTHERS.fullmatch(text)
    time = _TIME.search(found["head"]) if found else None
    if found is None or time is None:
        return None
    return {"java.util.logging": f"{time[1]}.{time[2] or 0}{time[3] or ''}", "level": "INFO", "message": found["span"]}


def opens(line: bytes) -> bool:
    """Whether a line is the first of a record: time, class and method."""
    return _HEAD.fullmatch(line.decode("utf-8", "replace")) is not None


def goes_on(line: bytes, count: int) -> bool:
    """The level and the message stand in the second line."""
    return count == 1 and not line.startswith(b"{")


def block(text: str) -> dict[str, Any] | None:
    """The record under keys of the alias table, with the span in it, if there is one."""
    first, _, second = text.partition("\n")
    head, (level, colon, message) = _HEAD.fullmatch(first), second.partition(": ")
    if head is None or not colon:
        return None
    if message[:1] == "{":
        try:
            logged = orjson.loads(message)
        except orjson.JSONDecodeError:
            logged = None
        if isinstance(logged, dict):
            return logged  # what an exporter logs through it
    time = f"{head[1]} {head[2]} {head[3]}"
    return {"java.util.logging": time, "level": _LEVELS.get(level, level), "logger": head[4], "message": message}


def read(record: dict[str, Any]) -> list[Told] | None:
    """The exported span, or the log record."""
    told: Told = {"time": record["java.util.logging"], "level": record.get("level"), "logger": record.get("logger")}
    span = _SPAN.fullmatch(str(record.get("message", "")))
    if span is None:
        return [{**told, "body": record.get("message")}]
    told |= {"trace": span["trace"], "span": span["span"], "name": span["name"], "kind": kind_of(span["kind"])}
    data = (span["rest"].partition("data={")[2] or span["rest"].partition("{")[2]).partition("}")[0]
    return [with_rest(told, {key: value.strip('"') for key, value in PAIR.findall(data)})]


FORMAT = Format(
    "java-util-logging",
    "java.util.logging, and otel-java's LoggingSpanExporter in it",
    example='{"java.util.logging":"2024-01-10T14:30:00","level":"INFO","logger":"Exporter","message":'
    "\"'GET /' : 4bf92f3577b34da6a3ce929d0e0e4736 a3ce929d0e0e4736 SERVER [tracer: app:1.0] AttributesMap{data={a=1}}\"}",
    marks=(("java.util.logging",),),
    read=read,
)
