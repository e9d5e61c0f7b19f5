"""What plain lines name, at a glance: the ids and the service of JSON objects, without a record; nothing, of a text of words.

Which key holds what, the plans of the general way tell. Only values that mean what they say are read here (ids of hexadecimal
digits, a service with a name); a line with any other is left to the general way. A property test holds that both agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from logtrace.ingest.columns.plans import Plan, Plans
from logtrace.ingest.envelopes import may_be_wrapped
from logtrace.ingest.settings import Settings
from logtrace.ingest.texts.mould import NAMES
from logtrace.ingest.texts.moulds import Columns, Moulds
from logtrace.patterns import lazy_pattern

_TRACE, _SPAN = lazy_pattern(r"(?!0{32})[0-9a-f]{32}"), lazy_pattern(r"(?!0{16})[0-9a-f]{16}")
_CONCEPTS = ("trace", "span", "service")
_MAKES_SPANS = ("duration", "start", "end", "event")
_WORDS = lazy_pattern(rb"(?:[\w., /]|(?<= )-(?= ))+")
"""A text that names nothing: an id or a service has other characters beside it, or hyphens in it as a pod has."""

_REMEMBERED = 100_000
_LEARN_FROM, _LEARN_AGAIN, _LEARN, _OF_A_SHAPE = 2_000, 200, 200, 2
"""So many lines are read one by one before moulds are made, and before more are; of so many of them, so many of a shape."""

_MANY = 400
"""From so many lines at once on there will be more: moulds are made at once."""


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
        self._moulds = Moulds()
        self._until_learning = _LEARN_FROM
        self._is_new = True

    def names(self, lines: Iterable[bytes], file_service: str) -> list[tuple[str, str, str]] | None:
        """(trace id, span id, service) of each line, "" for none; None where one is to be read the general way."""
        service = file_service or self._default_service
        found: list[tuple[str, str, str]] = []
        for line in lines if self._is_usual else (b"",):
            if _WORDS.fullmatch(line) and not _goes_on(line):
                found.append(("", "", file_service))
                continue
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

    def columns(self, text: bytes, many: int, file_service: str, is_text: bool = False) -> Columns | None:
        """As names, of so many lines with line ends: much sooner where many are alike. is_text: whether they are known to be
        UTF-8 without controls."""
        if self._is_new and many >= _MANY:
            self._begin(text.split(b"\n")[: many : many // _LEARN + 1], file_service)
        columns = self._moulds.read(text, many, is_text)
        return self._filled(columns, text, file_service) if b"" in columns[0] or b"" in columns[2] else columns

    def _filled(self, found: Columns, text: bytes, file_service: str) -> Columns | None:
        """What moulds have found, with what they have not."""
        traces, spans, services = map(list, found)
        others = [at for at, trace in enumerate(traces) if not trace]
        lines = text.split(b"\n") if others else []
        names = self.names([lines[at] for at in others], file_service) if others else []
        if names is None:
            return None
        service = (file_service or self._default_service).encode()
        services = [each or service for each in services]
        for at, named in zip(others, names, strict=True):
            traces[at], spans[at], services[at] = (name.encode() for name in named)
        objects = [lines[at] for at in others if lines[at].startswith(b"{")]
        self._until_learning -= len(objects)
        if self._until_learning < 0:
            self._learn(objects[:: len(objects) // _LEARN + 1])
        return traces, spans, services

    def _begin(self, lines: Sequence[bytes], file_service: str) -> None:
        """Makes moulds of some of the first lines, where there will be many."""
        self._is_new = False
        if self.names(lines, file_service) is not None:
            self._learn([line for line in lines if line.startswith(b"{")])

    def _learn(self, lines: Sequence[bytes]) -> None:
        """Makes moulds of lines that names reads, a few of each shape. Where none is new it is long before it tries again."""
        learned, tried = 0, Counter[int]()
        for line in lines:
            shape = self._plans.of(orjson.loads(line), line.count(b"{")).number
            way = self._ways.get(shape)
            if way is not None and way.trace is not None and tried[shape] < _OF_A_SHAPE:
                tried[shape] += 1
                keys = {key.encode(): name for name, key in zip(NAMES, way[:3], strict=True) if key is not None}
                learned += self._moulds.learn(line, keys)
        self._until_learning = _LEARN_AGAIN * (1 if learned else 50)

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


def _goes_on(text: bytes) -> bool:
    """Whether it may be a part of what the line before says."""
    from logtrace.ingest.formats.texts import is_further  # most logs have no such lines

    return is_further(text.decode("ascii"))


def _way(plan: Plan) -> _Way | None:
    """None where only the general way reads such objects: their format means something else by these values."""
    meant = plan.format
    if meant.read or meant.rewrite or plan.headers or not plan.decimal.isdisjoint(_CONCEPTS):
        return None
    if any(concept in meant.values or concept in meant.defaults for concept in _CONCEPTS):
        return None
    paths = dict(zip(plan.concepts, plan.paths, strict=True))
    if paths.get("name") == ("span",):
        return None  # which may be an id
    if any(len(paths.get(concept, ())) > 1 for concept in _CONCEPTS):
        return None
    trace, span, service = (paths[concept][0] if concept in paths else None for concept in _CONCEPTS)
    return _Way(trace, span, service, meant.is_span or not paths.keys().isdisjoint(_MAKES_SPANS))
