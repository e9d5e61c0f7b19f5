"""Columns: the records of one shape, read concept by concept.

Each method gives one column of Record fields, a value for every record. The usual case of a column (all ids of 16
digits, all times in one form, all levels known) is done in one go; anything else value by value, by the same rules.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterable
from datetime import tzinfo
from struct import unpack
from typing import Any, NamedTuple

import xxhash

from logtrace import units
from logtrace.ids import NO_SPAN, Ids, TraceId, hashed_key, names_span
from logtrace.ingest.columns.cells import (
    NAMES,
    NUMBERS,
    Column,
    as_hex,
    as_text,
    derived_name,
    duration_column,
    duration_ns,
    error_of,
    exact_number,
    header_text,
    kind_word,
    level_in,
    loud_at,
    says_a_duration,
    severities,
    severity_of,
    unit_told,
)
from logtrace.ingest.columns.source import ABSENT, Source
from logtrace.ingest.vocabulary import text
from logtrace.ingest.vocabulary.headers import context_of
from logtrace.ingest.vocabulary.levels import ERROR, ROLES, SPOKEN, error_of_stack, status_flag
from logtrace.model import Flag, Link, Rank, Role

_POINT, _START, _END, _COMPLETE = map(int, Role)
_INVALID = int(Flag.INVALID_DURATION)
_NO_ERROR = (0, "", "")
_SPAN_DIGITS = 16


class Columns:
    """Reads lines of which the values of concepts are known. service: (name, rank) where a record tells none."""

    def __init__(self, source: Source, ids: Ids, zone: tzinfo, service: tuple[str, int]) -> None:
        self.source = source
        self.ids = ids
        self.zone = zone
        self.service = service
        self.count = len(source.lines)
        self.nothing: Column = (None,) * self.count

    def get(self, concept: str) -> Column | None:
        """The values of a concept as logged; None where the shape has no key for it."""
        return self.source.concepts.get(concept)

    def records(self) -> Iterable[tuple[Any, ...]]:
        """The fields of Record of each object, in order."""
        bodies, events = self.bodies(), self.get("event") or self.nothing
        traces, spans, parents, flags = self._ids(bodies)
        called = self._called(traces, spans, parents)
        traces, spans, parents = called.traces, called.spans, called.parents
        times = self.instants("time")
        starts, ends = self.instants("start"), self.instants("end")
        severities = self._severities()
        roles = [ROLES.get(event, _POINT) if event.__class__ is str else _POINT for event in events]
        durations, flags = self._durations(bodies, spans, roles, flags)
        if self.source.format.is_span:
            roles = [_COMPLETE if role == _POINT else role for role in roles]
        elif not self.source.format.aside and (
            durations is not self.nothing or (starts is not self.nothing and ends is not self.nothing)
        ):
            roles = [
                _COMPLETE if role == _POINT and (duration is not None or (start is not None and end is not None)) else role
                for role, duration, start, end in zip(roles, durations, starts, ends, strict=True)
            ]
        if self.source.format.read is not None and starts is not self.nothing:
            roles = [  # what tells a start and no other time is of a span that has begun
                _START if role == _POINT and start is not None and end is None and time is None else role
                for role, start, end, time in zip(roles, starts, ends, times, strict=True)
            ]
        if self.get("event") is None and not self.source.format.silent:
            roles = [
                SPOKEN.get(body, _POINT) if role == _POINT and span != NO_SPAN else role
                for role, span, body in zip(roles, spans, bodies, strict=True)
            ]
        if self.source.format.time_is_start and starts is self.nothing:
            starts = [time if role == _COMPLETE else None for time, role in zip(times, roles, strict=True)]
        errors = self.errors(roles, severities, bodies)
        flags = self._with_status(flags)
        if self.source.format.coarse:
            flags = [flag | Flag.DURATION_COARSE.value for flag in flags]
        services, service_ranks = self._services()
        names, name_ranks = self._names()
        hashes = [digest & 0xFFFFFFFF for digest in map(xxhash.xxh3_64_intdigest, self.source.lines)]
        spans, flags = self._made_spans(traces, spans, roles, services, times, hashes, flags, called.served)
        names, name_ranks = _without_loggers(names, name_ranks, flags)
        return zip(
            traces, spans, parents, roles, times, starts, ends, durations, services, service_ranks, names, name_ranks,
            self._kinds(), severities, bodies, *errors, self.source.attributes, self._links(), flags, hashes, strict=True,
        )  # fmt: skip

    # ids

    def _ids(self, bodies: Column) -> tuple[Column, Column, Column, Column]:
        """(traces, span keys, parent keys, flags); ids in the message count where the record names no trace."""
        traces, spans = self.traces(), self.spans("span", NO_SPAN)
        parents = self.parents()
        flags: Column = (0,) * self.count
        if None not in traces:
            return traces, spans, parents, flags
        rows = [
            (trace, span, parent, 0) if trace is not None else self._ids_in(body, span, parent)
            for trace, span, parent, body in zip(traces, spans, parents, bodies, strict=True)
        ]
        traces, spans, parents, flags = zip(*rows, strict=True)
        return traces, spans, parents, flags

    def _ids_in(self, body: str, span: int, parent: int | None) -> tuple[TraceId | None, int, int | None, int]:
        ids = text.ids_in(body) if "race" in body or "RACE" in body else None
        trace = self.ids.trace(ids.trace) if ids else None
        if ids is None or trace is None:
            return None, span, parent, 0
        named = self.ids.span(ids.parent) if ids.parent else NO_SPAN
        return trace, span or self.ids.span(ids.span), named or parent, int(Flag.IDS_IN_TEXT)

    def traces(self) -> Column:
        column = self.get("trace")
        if column is None:
            return self.nothing
        known, read = self.ids.known_traces, self.ids.trace
        decimal = "trace" in self.source.decimal
        if float in (types := set(map(type, column))):
            column = [exact_number(value, line) for value, line in zip(column, self.source.lines, strict=True)]
        if decimal or int in types:
            column = [as_hex(value, decimal, 32) for value in column]
        if set(map(type, column)) == {str}:
            found = list(map(known.get, column))
            if None in found:  # not met yet, or none
                found = [read(text) if trace is None else trace for text, trace in zip(column, found, strict=True)]
            return found
        return [read(str(value)) if value.__class__ in (str, int) else None for value in column]

    def spans(self, concept: str, absent: int) -> Column:
        column = self.get(concept)
        if column is None:
            return (absent,) * self.count
        if concept in self.source.decimal:
            column = [as_hex(value, True, 16) for value in column]
        return self._span_keys(column, absent)

    def _span_keys(self, column: Column, absent: int) -> Column:
        try:
            if set(map(len, column)) == {16}:
                return unpack(f">{len(column)}q", unhexlify("".join(column)))
        except (TypeError, ValueError):
            pass  # numbers, nulls, ids that are not hexadecimal: one by one
        read = self.ids.span
        return [
            read(value) if value.__class__ is str else read(str(value)) if value.__class__ is int else absent for value in column
        ]

    def parents(self) -> Column:
        """Parent keys: NO_SPAN where a line says there is none (null), None where it has no key for it."""
        column = self.get("parent")
        if column is None:
            return (NO_SPAN,) * self.count if self.source.format.roots else self.nothing
        column = self._without_traces(column)
        if ABSENT not in column:
            return self._span_keys(column, NO_SPAN)
        told = iter(self._span_keys([value for value in column if value is not ABSENT], NO_SPAN))
        return [None if value is ABSENT else next(told) for value in column]

    def _without_traces(self, column: Column) -> Column:
        """Parents, "" for those that are the id of the trace itself, by which some say that there is none."""
        traces, read = self.get("trace"), self.ids.trace
        if traces is None or not any(value.__class__ is str and len(value) > _SPAN_DIGITS for value in column):
            return column
        return [
            ""
            if parent.__class__ is trace.__class__ is str
            and len(parent) > _SPAN_DIGITS
            and read(parent) == read(trace)
            and not names_span(parent)
            else parent
            for parent, trace in zip(column, traces, strict=True)
        ]

    def _called(self, traces: Column, spans: Column, parents: Column) -> _Called:
        """What propagation headers add: the trace, the caller as parent, and the span where a header names the own one.

        A header of another trace than the line's own says nothing about the line.
        """
        if not self.source.headers:
            return _Called(traces, spans, parents, ())
        names = tuple(self.source.headers)
        rows = zip(traces, spans, parents, zip(*self.source.headers.values(), strict=True), strict=True)
        found = [
            self._by_header(trace, span, parent, dict(zip(names, values, strict=True))) for trace, span, parent, values in rows
        ]
        return _Called(*zip(*found, strict=True))

    def _by_header(
        self, trace: TraceId | None, span: int, parent: int | None, headers: dict[str, Any]
    ) -> tuple[TraceId | None, int, int | None, bool]:
        texts = {name: text for name, value in headers.items() if (text := header_text(value))}
        context = context_of(texts) if texts else None
        told = self.ids.trace(context.trace) if context else None
        if context is None or told is None or (trace is not None and trace.low != told.low):
            return trace, span, parent, False
        own, caller = self.ids.span(context.span), self.ids.span(context.parent)
        is_own = self.source.format.own_header
        if own and span and own != span:  # the span of the caller, who made the header
            own, caller = NO_SPAN, NO_SPAN if is_own else own
        elif is_own and not own:
            own, caller = caller, NO_SPAN
        if parent is None and caller and caller != span:
            parent = caller
        return told if trace is None else trace, span or own, parent, not is_own and not span and not own

    def _made_spans(
        self, traces: Column, spans: Column, roles: Column, services: Column, times: Column, hashes: Column, flags: Column,
        served: Column,
    ) -> tuple[Column, Column]:  # fmt: skip
        """Span keys for records with a trace and a duration, but no span id: by their request id (unless that is the
        trace id), else by themselves.

        served: which records tell of a request by its header; with a request id they need no duration.
        """
        wanted = [
            not span and role == _COMPLETE and trace is not None for trace, span, role in zip(traces, spans, roles, strict=True)
        ]
        requests = self.get("request") or self.nothing
        if any(served):
            whole = zip(wanted, served, requests, strict=True)
            wanted = [want or (serves and request is not None) for want, serves, request in whole]
        if not any(wanted):
            return spans, flags
        own = [
            str(request) if request.__class__ in NAMES and request and self.ids.trace(str(request)) != trace else ""
            for request, trace in zip(requests, traces, strict=True)
        ]
        keys = [
            span if not want else hashed_key(f"{service}|{known}") if known else span_of_line(service, digest, time)
            for want, span, service, known, digest, time in zip(wanted, spans, services, own, hashes, times, strict=True)
        ]
        return keys, [flag | Flag.SPAN_FROM_LINE.value if want else flag for want, flag in zip(wanted, flags, strict=True)]

    def _links(self) -> Column:
        if (pairs := self.get("links")) is not None:
            return [tuple(Link(trace, self.ids.span(s)) for t, s in many or () if (trace := self.ids.trace(t))) for many in pairs]
        column = self.get("link")
        if column is None:
            return ((),) * self.count
        found = [self.ids.trace(value) if isinstance(value, str) else None for value in column]
        return [() if trace is None else (Link(trace, NO_SPAN),) for trace in found]

    # times and durations

    def instants(self, concept: str) -> Column:
        column = self.get(concept)
        return self.nothing if column is None else units.instants_ns(column, self.zone)

    def _durations(self, bodies: Column, spans: Column, roles: Column, flags: Column) -> tuple[Column, Column]:
        """(durations, flags): by the key's unit, the text's own form, the library, milliseconds; or from the message."""
        column = self.get("duration")
        if column is not None and self.source.unit and set(map(type, column)) <= NUMBERS:
            read = duration_column(column, self.source.unit)
            if read.count(None) == column.count(None):
                return read, flags
        if column is not None:
            objects = self.source.objects or ({},) * self.count
            found = [
                (None, 0) if value is None else self._duration(value, record)
                for value, record in zip(column, objects, strict=True)
            ]
            durations: Column = [duration for duration, _ in found]
            return durations, [flag | more for flag, (_, more) in zip(flags, found, strict=True)]
        if self.source.format.silent or self.source.format.read is not None:
            return self.nothing, flags
        told = [
            text.duration_in(body) if span and role == _POINT and ("ms" in body or body[-1:] == "s") else None
            for body, span, role in zip(bodies, spans, roles, strict=True)
        ]
        if not any(duration is not None for duration in told):
            return self.nothing, flags
        in_text = Flag.DURATION_IN_TEXT.value
        return told, [flag | (0 if duration is None else in_text) for flag, duration in zip(flags, told, strict=True)]

    def _duration(self, value: object, record: dict[str, Any]) -> tuple[int | None, int]:
        if value.__class__ is str and (own := units.duration_text_ns(value)) is not None:
            return units.sensible(own), 0 if units.sensible(own) is not None else _INVALID
        unit, flag = (self.source.unit, 0) if self.source.unit else unit_told(record, self.source.format)
        found = duration_ns(value, unit)
        if found is None:
            return None, _INVALID if says_a_duration(value) else 0
        return found, flag

    # words

    def bodies(self) -> Column:
        column = self.get("body")
        if column is not None and all(value.__class__ is str for value in column):
            return column
        events = self.get("event") or self.nothing
        return [
            value if value.__class__ is str else as_text(event if value is None else value)
            for value, event in zip(column or self.nothing, events, strict=True)
        ]

    def _severities(self) -> Column:
        column = self.get("level")
        if column is None:
            found = list(map(level_in, self.get("status") or ()))
            if not any(found):
                return (0,) * self.count
            column = found
        try:
            return [severities[value] for value in column]
        except (KeyError, TypeError):
            return [severity_of(value) for value in column]

    def _kinds(self) -> Column:
        column = self.get("kind")
        return ("",) * self.count if column is None else [kind_word(value) if value.__class__ is str else "" for value in column]

    def _services(self) -> tuple[Column, Column]:
        column = self.get("service")
        if column is None:
            return (self.service[0],) * self.count, (self.service[1],) * self.count
        if all(value.__class__ is str and value for value in column):
            return column, (0,) * self.count
        found = [(value, 0) if value.__class__ is str and value else self.service for value in column]
        return [name for name, _ in found], [rank for _, rank in found]

    def _names(self) -> tuple[Column, Column]:
        """(operations, ranks): the name key, else method and route, else the logger."""
        column = self.get("name") or self.nothing
        if all(value.__class__ is str and value for value in column):
            return column, (0,) * self.count
        others = (self.get(concept) or self.nothing for concept in ("method", "route", "logger"))
        found = [
            (name, 0) if name.__class__ is str and name else derived_name(method, route, logger)
            for name, method, route, logger in zip(column, *others, strict=True)
        ]
        return [name for name, _ in found], [rank for _, rank in found]

    def errors(self, roles: Column, severities: Column, bodies: Column) -> tuple[Column, Column, Column]:
        """(levels, types, messages)."""
        told = [self.get(concept) for concept in ("error", "error_type", "error_message", "status", "stack")]
        loud = {at for column in told[:-1] if column is not None for at in loud_at(column)}
        if told[-1] is not None:  # of a line that tells no level, a stack trace says that there was an error
            rows = zip(told[-1], severities, strict=True)
            loud.update(at for at, (stack, number) in enumerate(rows) if stack and not number and any(error_of_stack(stack)))
        if max(severities) >= ERROR:
            loud.update(at for at, number in enumerate(severities) if number >= ERROR)
        empty = ("",) * self.count
        if not loud:
            return (0,) * self.count, empty, empty
        levels, kinds, messages = [0] * self.count, list(empty), list(empty)
        for at in loud:
            error, kind, message, status, stack = (None if column is None else column[at] for column in told)
            if stack and not (kind and message):
                traced, said = error_of_stack(stack)
                kind, message = kind or traced, message or (error if isinstance(error, str) else None) or said
            levels[at], kinds[at], messages[at] = error_of(error, kind, message, status, roles[at], severities[at], bodies[at])
        return levels, kinds, messages

    def _with_status(self, flags: Column) -> Column:
        """Flags with what a status says where it is no error."""
        column = self.get("status")
        if column is None:
            return flags
        methods, http = self.get("method") or self.nothing, self.source.http
        found = [status_flag(value, http or method is not None) for value, method in zip(column, methods, strict=True)]
        return [flag | more for flag, more in zip(flags, found, strict=True)] if any(found) else flags


def span_of_line(service: str, text_hash: int, time_ns: int | None) -> int:
    """The key of a span that is made of one line."""
    return hashed_key(f"{service}|{text_hash}|{time_ns}")


def _without_loggers(names: Column, ranks: Column, flags: Column) -> tuple[Column, Column]:
    """Names without the loggers of spans that are made of one line: its message tells more."""
    if not any(flag & Flag.SPAN_FROM_LINE.value for flag in flags):
        return names, ranks
    weak = int(Rank.WEAK)
    found = [
        ("", int(Rank.NONE)) if rank == weak and flag & Flag.SPAN_FROM_LINE.value else (name, rank)
        for name, rank, flag in zip(names, ranks, flags, strict=True)
    ]
    return [name for name, _ in found], [rank for _, rank in found]


class _Called(NamedTuple):
    """Ids completed by propagation headers; served: which records tell of a request that came with a caller's header."""

    traces: Column
    spans: Column
    parents: Column
    served: Column
