"""What plain lines name, at a glance: the ids and the service of JSON objects, without a record.

Which key holds what, the plans of the general way tell. Only values that mean what they say are read here (ids of hexadecimal
digits, a service with a name); a line with any other is left to the general way. A property test holds that both agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from logtrace.ingest.envelopes import may_be_wrapped
from logtrace.ingest.formats.plans import Plan, Plans
from logtrace.ingest.settings import Settings

_TRACE, _SPAN = re.compile(r"(?!0{32})[0-9a-f]{32}"), re.compile(r"(?!0{16})[0-9a-f]{16}")
_CONCEPTS = ("trace", "span", "service")
_MAKES_SPANS = ("duration", "start", "end", "event")
_REMEMBERED = 100_000


class _Way(NamedTuple):
    """The keys of trace, span and service in objects of one shape, None where it has no such key; whether one that names no span
    may be a span by itself."""

    trace: str | None
    span: str | None
    service: str | None
    is_span: bool


class Glance:
    """Reads lines that were kept with some settings."""

    def __init__(self, settings: Settings) -> None:
        self._is_usual = not (settings.trace_key or settings.formats)
        self._default_service = settings.default_service
        self._plans = Plans()
        self._ways: dict[int, _Way | None] = {}
        self._traces: set[str] = set()

    def names(self, lines: Iterable[bytes], file_service: str) -> list[tuple[str, str, str]] | None:
        """(trace id, span id, service) of each line, "" for none; None where one is to be read the general way."""
        service = file_service or self._default_service
        found: list[tuple[str, str, str]] = []
        for line in lines if self._is_usual else (b"",):
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                return None
            if record.__class__ is not dict or line[:1] != b"{" or may_be_wrapped(record):
                return None
            named = self._named(record, line, service)
            if named is None:
                return None
            found.append(named)
        return found

    def _named(self, record: dict[str, Any], line: bytes, service: str) -> tuple[str, str, str] | None:
        plan = self._plans.of(record, line.count(b"{"))
        try:
            way = self._ways[plan.number]
        except KeyError:
            way = self._ways[plan.number] = _way(plan)
        if way is None:
            return None
        trace, span = "", ""
        if way.trace is not None:
            trace = record[way.trace]
            if trace.__class__ is not str or (trace not in self._traces and not self._is_trace(trace)):
                return None
        elif b"race" in line or b"RACE" in line or b"\\u" in line:  # then its message may name one
            return None
        if way.span is not None:
            span = record[way.span]
            if span.__class__ is not str or not _SPAN.fullmatch(span):
                return None
        elif trace and way.is_span:
            return None
        if way.service is not None:
            service = record[way.service]
            if service.__class__ is not str or not service:
                return None
        return trace, span, service

    def _is_trace(self, text: str) -> bool:
        if not _TRACE.fullmatch(text):
            return False
        if len(self._traces) >= _REMEMBERED:
            self._traces.clear()
        self._traces.add(text)
        return True


def _way(plan: Plan) -> _Way | None:
    """None where only the general way reads such objects: their format means something else by these values."""
    meant = plan.format
    if meant.read or meant.rewrite or plan.headers or not plan.decimal.isdisjoint(_CONCEPTS):
        return None
    if any(concept in meant.values or concept in meant.defaults for concept in _CONCEPTS):
        return None
    paths = dict(zip(plan.concepts, plan.paths, strict=True))
    if any(len(paths.get(concept, ())) > 1 for concept in _CONCEPTS):
        return None
    trace, span, service = (paths[concept][0] if concept in paths else None for concept in _CONCEPTS)
    return _Way(trace, span, service, meant.is_span or not paths.keys().isdisjoint(_MAKES_SPANS))
