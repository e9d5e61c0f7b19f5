"""Lines → Records: the decoder.

    line → (envelopes off) → JSON object → plan of its shape → Record
                           → text that names ids           → Record
                           → a reason why there is none
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
import xxhash

from logtrace import units
from logtrace.ids import NO_SPAN, Ids, TraceId, hashed_key
from logtrace.ingest import envelopes
from logtrace.ingest.formats import FORMATS, text
from logtrace.ingest.formats.levels import ERROR, ROLES, is_error, severity, status_error
from logtrace.ingest.formats.plans import ABSENT, Plan, Plans, Values, interned
from logtrace.ingest.mend import is_binary, mended, not_object
from logtrace.model import ErrorLevel, Flag, JsonPair, Link, Rank, Record, Role

MAX_LINE = 16 * 1024 * 1024
"""A longer line is rejected while streaming; nothing ever holds it."""

_POINT, _START, _END, _COMPLETE = int(Role.POINT), int(Role.START), int(Role.END), int(Role.COMPLETE)
_RECORD = tuple.__new__
_WRAPPED = re.compile(rb'^(?:\{"log":|[^{])', re.MULTILINE)
"""A line that is not plainly a record; a text without any has no partial lines."""

_STATUS_OK = {None: True, "ok": True, "OK": True, "Ok": True, 200: True, 201: True, 204: True}


class Settings(NamedTuple):
    """What shapes the records of a run; its text is kept with each source.

    zone              IANA name of the zone in which times without one are read
    default_service   for lines whose service nothing else tells
    """

    zone: str = "UTC"
    default_service: str = ""

    def text(self) -> str:
        """JSON that is equal for equal settings and parser versions."""
        return orjson.dumps({"parser": PARSER_VERSION, **self._asdict()}).decode()

    @classmethod
    def of_text(cls, text: str) -> Settings:
        """The settings of a text, whatever the parser version was."""
        known = orjson.loads(text)
        return cls(**{name: known[name] for name in cls._fields if name in known})


PARSER_VERSION = 1
"""Goes up when formats improve: kept chunks of an older version can be parsed anew."""


class Decoder:
    """Turns lines into records. One per process; remembers plans and ids, never anything that changes a result."""

    def __init__(self, settings: Settings = Settings()) -> None:  # noqa: B008 - an immutable value
        self._default_service = settings.default_service
        self._zone: tzinfo = UTC if settings.zone == "UTC" else ZoneInfo(settings.zone)
        self.ids = Ids()
        self.plans = Plans()
        self._severity: dict[Any, int] = {}
        self._service = ("", int(Rank.NONE))

    def source(self, file_service: str) -> None:
        """Says which service the file's name tells ("" if none) for the lines that follow."""
        default = self._default_service
        self._service = (file_service, int(Rank.WEAK)) if file_service else (default, int(Rank.GUESS))

    def lines(self, data: bytes) -> Iterator[tuple[int, Record | str, int]]:
        """(index of the line in `data`, its record or the reason of its rejection, lines it is made of), no blank lines.

        `data` ends at a line end. Partial lines of an envelope are joined and come under the index of their first.
        """
        lines = data.split(b"\n")
        if _WRAPPED.search(data) and any(map(envelopes.may_be_partial, lines)):
            yield from self._joined(lines)
            return
        decode = self.decode
        for index, line in enumerate(lines):
            if line:
                result = decode(line)
                if result is not None:
                    yield index, result, 1

    def _joined(self, lines: list[bytes]) -> Iterator[tuple[int, Record | str, int]]:
        texts = ((i, line.decode("utf-8", "surrogateescape")) for i, line in enumerate(lines) if line)
        for index, line, parts in envelopes.joined(texts):
            result = self.decode(line.encode("utf-8", "surrogateescape"))
            if result is not None:
                yield index, result, parts

    def decode(self, line: bytes) -> Record | str | None:
        """The record of one line (without its line end), the reason why there is none, or None for a blank line."""
        if line[:1] == b"{" and line[:7] != b'{"log":':
            try:
                found = orjson.loads(line)
            except orjson.JSONDecodeError:
                return self._odd(line)
            return self._record(found, line)
        return self._odd(line)

    def _odd(self, line: bytes) -> Record | str | None:
        """All lines that are not plainly one JSON object: wrapped, text, broken."""
        line = line.strip()
        if not line:
            return None
        if is_binary(line):
            return "binary"
        unwrapped = envelopes.unwrap(line.decode("utf-8", "replace").lstrip("\ufeff"), self._zone)
        inner, record, outer = unwrapped
        if record is None and inner[:1] == "{":
            found = mended(line if not outer.layers else inner.encode("utf-8", "replace"))
            if isinstance(found, str):
                return found
            record = found
        if record is not None:
            return self._with_outer(self._record(record, inner.encode("utf-8", "replace")), outer)
        return self._text_record(inner, outer)

    def _text_record(self, line: str, outer: envelopes.Outer) -> Record | str | None:
        if not line.strip():
            return None if outer.layers else "not_json"
        ids = text.ids_in(line)
        if not outer.layers and _is_json(line):
            return not_object(line)
        if ids is None and not outer.layers:
            return "not_json"
        head = text.text_line(line, self._zone)
        service, service_rank = self._service
        trace = self.ids.trace(ids.trace) if ids else None
        span = self.ids.span(ids.span) if ids and trace else NO_SPAN
        duration_ns = text.duration_in(head.body) if span else None
        failed = ErrorLevel.SOFT if head.severity >= ERROR else ErrorLevel.NONE
        body = text.without_ids(head.body)
        return self._with_outer(Record(
            trace=trace, span=span, parent=self.ids.span(ids.parent) or None if ids and ids.parent else None,
            role=_POINT if duration_ns is None else _COMPLETE,
            time_ns=head.time_ns, start_ns=None, end_ns=None, duration_ns=duration_ns, service=service, service_rank=service_rank,
            name=head.logger, name_rank=int(Rank.WEAK if head.logger else Rank.NONE), kind="", severity=head.severity,
            body=body, error=int(failed), error_type="", error_message=body if failed else "", attributes=(), links=(),
            flags=int(Flag.IDS_IN_TEXT | (Flag.NONE if duration_ns is None else Flag.DURATION_IN_TEXT)) if ids else 0,
            text_hash=_hash(line.encode("utf-8", "replace")),
        ), outer)  # fmt: skip

    def _with_outer(self, record: Record, outer: envelopes.Outer) -> Record:
        """The record with what its envelopes knew, where the record itself knew nothing."""
        if not outer.layers:
            return record
        values = self.plans.values
        known = {key for key, _ in record.attributes}
        resource = [(key, value) for key, value in outer.resource if key not in known]
        extra = tuple(values.setdefault(key, Values(key)).text(value) for key, value in resource)
        told = outer.service and record.service_rank > Rank.DERIVED
        return record._replace(
            time_ns=outer.time_ns if record.time_ns is None else record.time_ns,
            service=outer.service if told else record.service,
            service_rank=int(Rank.DERIVED) if told else record.service_rank,
            attributes=record.attributes + extra,
        )

    def _record(self, record: dict[str, Any], line: bytes) -> Record:
        """The record of a bare JSON object: the path of nearly every line, so it is kept flat."""
        plan = self.plans.of(record, line.count(b"{"))
        record[ABSENT] = None
        found: Any = plan.concepts(record)
        if plan.deep:
            found = _with_deep(found, plan, record)
        (time, level, body, event, service, trace, span, parent, name, method, route, logger, kind, start, end,
         status, error, error_type, error_message, link, request, duration) = found  # fmt: skip
        flags = 0
        ids = self.ids
        trace_id = ids.trace(trace) if trace.__class__ is str else self._odd_trace(trace)
        span_key = ids.span(span) if span.__class__ is str else self._odd_span(span)
        if not plan.tells_parent:
            parent_key = None
        else:
            parent_key = ids.span(parent) if parent.__class__ is str else self._odd_span(parent)
        if body.__class__ is not str:
            body = _as_text(body if body is not None else event if event.__class__ is str else None)
        if trace_id is None and "race" in body:
            trace_id, span_key, parent_key, flags = self._ids_in(body, span_key, parent_key)
        time_ns = units.instant_ns(time, self._zone)
        start_ns = None if start is None else units.instant_ns(start, self._zone)
        end_ns = None if end is None else units.instant_ns(end, self._zone)
        role = ROLES.get(event, _POINT) if event.__class__ is str else _POINT
        duration_ns = None
        if duration is not None:
            duration_ns, unit_flag = _duration(duration, plan.unit, record)
            flags |= unit_flag
        elif role == _POINT and span_key and ("ms" in body or body[-1:] == "s"):
            duration_ns = text.duration_in(body)
            flags |= Flag.DURATION_IN_TEXT if duration_ns is not None else 0
        if role == _POINT and (duration_ns is not None or (start_ns is not None and end_ns is not None)):
            role = _COMPLETE
        try:
            number = self._severity[level]
        except (KeyError, TypeError):
            number = self._new_severity(level)
        failed, error_type, error_message = (
            (0, "", "")
            if number < ERROR and error is None and _STATUS_OK.get(status) and error_type is None and error_message is None
            else _error(error, error_type, error_message, status, role, number, body)
        )
        if name.__class__ is str and name:
            name_rank = 0
        else:
            name, name_rank = _derived_name(method, route, logger)
        if service.__class__ is str and service:
            service_rank = 0
        else:
            service, service_rank = self._service
        text_hash = _hash(line)
        if not span_key and role == _COMPLETE and trace_id is not None:
            span_key, flags = _made_span(service, request, text_hash, time_ns), flags | Flag.SPAN_FROM_LINE
        pairs: tuple[JsonPair, ...] = ()
        for group in plan.attributes:
            pairs += interned(group, record)
        return _RECORD(Record, (
            trace_id, span_key, parent_key, role, time_ns, start_ns, end_ns, duration_ns, service, service_rank, name, name_rank,
            kind.lower() if kind.__class__ is str else "", number, body, failed, error_type, error_message, pairs,
            () if link is None else self._link(link), flags, text_hash,
        ))  # fmt: skip

    def _odd_trace(self, value: object) -> TraceId | None:
        return self.ids.trace(str(value)) if isinstance(value, int) and not isinstance(value, bool) else None

    def _odd_span(self, value: object) -> int:
        return self.ids.span(str(value)) if isinstance(value, int) and not isinstance(value, bool) else NO_SPAN

    def _ids_in(self, body: str, span: int, parent: int | None) -> tuple[TraceId | None, int, int | None, int]:
        """The ids that a message names, for a record that has no trace id of its own."""
        ids = text.ids_in(body)
        trace = self.ids.trace(ids.trace) if ids else None
        if ids is None or trace is None:
            return None, span, parent, 0
        named = self.ids.span(ids.parent) if ids.parent else NO_SPAN
        return trace, span or self.ids.span(ids.span), named or parent, int(Flag.IDS_IN_TEXT)

    def _new_severity(self, level: object) -> int:
        if not isinstance(level, (str, int)):
            return 0
        number = severity(level)
        if len(self._severity) < 1000:
            self._severity[level] = number
        return number

    def _link(self, value: object) -> tuple[Link, ...]:
        trace = self.ids.trace(value) if isinstance(value, str) else None
        return (Link(trace, NO_SPAN),) if trace else ()


def _hash(line: bytes) -> int:
    return xxhash.xxh3_64_intdigest(line) & 0xFFFFFFFF


def _with_deep(found: tuple[Any, ...], plan: Plan, record: dict[str, Any]) -> tuple[Any, ...]:
    values = list(found)
    for index, path in plan.deep:
        inner: Any = record
        for key in path:
            inner = inner[key]
        values[index] = inner
    return tuple(values)


def _as_text(body: object) -> str:
    if body is None:
        return ""
    return body if isinstance(body, str) else orjson.dumps(body).decode()


def _is_json(line: str) -> bool:
    """Whether a line is JSON and no object, or opens an array that goes on in the next lines."""
    if line[0] not in '["-0123456789tfn':
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return line in ("[", "[{")
    return True


def _duration(value: object, unit: str, record: dict[str, Any]) -> tuple[int | None, int]:
    """(nanoseconds, how the unit is known): the key's unit, the text's own form, the library's convention, ms."""
    if isinstance(value, str):
        own = units.duration_text_ns(value)
        if own is not None:
            return own, 0
        number = units.number_or_none(value)
    else:
        number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if number is None or number - number != 0 or abs(number) > 1e18:
        return None, 0
    if unit:
        return round(number * units.NS[unit]), 0
    for dialect in FORMATS:
        if dialect.fits(record):
            return round(number * units.NS[dialect.DURATION_UNIT]), int(Flag.UNIT_LIBRARY)
    return round(number * units.NS["ms"]), int(Flag.UNIT_ASSUMED)


def _error(
    error: object, error_type: object, error_message: object, status: object, role: int, number: int, body: str
) -> tuple[int, str, str]:
    """(ErrorLevel, type, message) of a record.

    A status, `error: true`, or an error field of a record that ends its span is the span's own word (hard). A line of
    level error, or an error field on a line in between, is only evidence (soft); one below level error is none.
    """
    kind = error_type if isinstance(error_type, str) else ""
    message = error_message if isinstance(error_message, str) else ""
    said = is_error(error) if error is not None else bool(kind or message)
    if isinstance(error, str) and said and not message:
        message = error
    ends = role in (_END, _COMPLETE)
    if status_error(status) or (said and (ends or error is True)):
        level = ErrorLevel.HARD
    elif number >= ERROR or (said and not number):
        level = ErrorLevel.SOFT
    else:
        return 0, "", ""
    return int(level), kind, message or ("" if ends else body)


def _derived_name(method: object, route: object, logger: object) -> tuple[str, int]:
    if isinstance(method, str) and method:
        path = route.partition("?")[0] if isinstance(route, str) else ""
        return f"{method} {path}".strip(), int(Rank.DERIVED)
    if isinstance(logger, str) and logger:
        return logger, int(Rank.WEAK)
    return "", int(Rank.NONE)


def _made_span(service: str, request: object, text_hash: int, time_ns: int | None) -> int:
    """The key of the span that one line with a duration and no span id makes: by its request id, else by itself."""
    known = f"{service}|{request}" if isinstance(request, (str, int)) and request else f"{service}|{text_hash}|{time_ns}"
    return hashed_key(known)
