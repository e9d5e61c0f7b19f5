"""syslog: RFC 5424 and RFC 3164, the latter also as rsyslog and `journalctl` write it to files, without `<PRI>`.

    <14>1 2025-03-14T09:26:53.301Z web-1 payments 123 - [id key="value"] MSG
    <14>Mar 14 09:26:53 web-1 payments[123]: MSG
    2025-03-14T09:26:53.301550+00:00 web-1 payments[123]: MSG
    1741944413.301550 web-1 payments[123]: MSG                      (journalctl -o short-unix)

MSG may begin with a byte order mark, and with `@cee:`. Heroku's drains leave the structured data out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, tzinfo
from functools import lru_cache
from string import ascii_uppercase, digits

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled, Resource
from logtrace.ingest.envelopes._heads import timed
from logtrace.ingest.envelopes._syslog import priority_of
from logtrace.ingest.envelopes._values import is_id, known
from logtrace.ingest.vocabulary.yearless import last_day, latest_day
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_COUNTED = r"(?:\d{1,9} (?=<))?"  # RFC 6587: the length of the message, where it came over TCP
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
_PARAMETER = r'(?: [!#-<>-\\^-~]{1,32}="(?:[^"\\\]]|\\.)*")'
_DATA = rf"(?:\[[!#-<>-\\^-~]{{1,32}}{_PARAMETER}+\]|\[[!#-<>?A-\\^-~]{{1,30}}@[!#-<>?A-\\^-~]{{1,30}}\])"
"""An element with nothing in it has somebody's own id: `[Nest]` begins a message where the structured data is left out."""

_RFC5424 = lazy_pattern(
    rf"{_COUNTED}<(\d{{1,3}})>[1-9]\d? (-|{_TIME}) (\S{{1,255}}) (\S{{1,48}}) (\S{{1,128}}) (\S{{1,32}}) "
    rf"(?:(-|{_DATA}+)(?: |\Z)|(?=\S))",
    re.ASCII,
)
_RFC3164 = lazy_pattern(
    rf"{_COUNTED}(?:<(\d{{1,3}})>)?([A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{{6}})?|\d{{10}}\.\d{{6}}|{_TIME}) "
    r"(?:([\w.:-]+) )?([\w./@-]{1,64})(?:\[(\d+)\])?:(?: |\Z)",
    re.ASCII,
)
_ELEMENT = lazy_pattern(rf"\[([^ \]=\"]+)({_PARAMETER}*)\]", re.ASCII)
_PAIR = lazy_pattern(r' ([^ =]+)="((?:[^"\\\]]|\\.)*)"', re.ASCII)
_ID = lazy_pattern(r"[0-9a-fA-F]{16}|[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_ESCAPE = lazy_pattern(r'\\(["\\\]])')
_COOKIE = lazy_pattern(r"\ufeff?(?:@cee: ?)?")
_NIL = "-"
_OF_HEROKU = ("app", "heroku")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def peel(text: str, zone: tzinfo) -> Peeled | None:
    """The layer. The times of RFC 3164 lack the year: they are taken for the last of such that has come, and are an attribute
    as they are written; any other time is better."""
    if text.find("<", 0, 11) >= 0:
        return _peel_5424(text) or _peel_3164(text, zone)
    dated = (text[10:11] == "T" and text.find(": ", 24) > 0) or (text[10:11] == "." and text[17:18] == " ")
    return _peel_3164(text, zone) if dated or text[3:7:3] == "  " else None


def _peel_5424(text: str) -> Peeled | None:
    head = _RFC5424.match(text)
    priority = priority_of(head[1]) if head else None
    if head is None or priority is None:
        return None
    time, host, app, process, message_id, data = (None if found == _NIL else found for found in head.groups()[1:])
    structured, fields = _structured(data or "")
    resource = known(
        ("host.name", host), ("process.pid", process), ("syslog.msgid", message_id), ("syslog.facility", priority[0])
    )
    inner = _inner(text, head.end())
    if head[7] is None and app in _OF_HEROKU and process:  # one of its dynos, or a part of its own
        app = process.partition(".")[0] if app == "app" else None
    return Peeled(
        inner,
        instant_ns(time),
        app or "",
        resource + structured,
        stream=_stream(app, process),
        severity=priority[1],
        fields=fields,
    )


def _structured(data: str) -> tuple[Resource, tuple[tuple[str, str], ...]]:
    """(attributes, ids) of the structured data: `[id key="value" …]…`."""
    attributes: list[tuple[str, str]] = []
    fields: list[tuple[str, str]] = []
    for element in _ELEMENT.finditer(data):
        pairs = [(pair[1], _ESCAPE.sub(r"\1", pair[2])) for pair in _PAIR.finditer(element[2])]
        of_line = "@" in element[1] and any(_ID.fullmatch(value) for _, value in pairs)  # it tells of the line, not of the host
        for key, value in pairs:
            if is_id(key) or (of_line and value):
                fields.append((key, value))
            elif value:
                attributes.append((f"syslog.{element[1].partition('@')[0]}.{key}", value))
    return tuple(attributes), tuple(fields)


def _peel_3164(text: str, zone: tzinfo) -> Peeled | None:
    head = _RFC3164.match(text)
    if head is None:
        return None
    number, time, host, tag, process = head.groups()
    priority = priority_of(number) if number else ("", 0)
    dated = time[:1].isdecimal()
    if priority is None or (not number and (not host or (dated and not process and text[head.end() :][:1] not in "{@"))):
        return None  # `2025-01-10T09:00:00Z INFO main: text` is a logger's own line
    resource = known(
        ("host.name", host), ("process.pid", process), ("syslog.facility", priority[0]), ("syslog.time", "" if dated else time)
    )
    return Peeled(
        _inner(text, head.end()),
        instant_ns(time, zone) if dated else _last_ns(time, zone, latest_day()),
        tag,
        resource,
        stream=_stream(tag, process),
        zoneless=not dated,
        severity=priority[1],
    )


@lru_cache(maxsize=4_096)
def _last_ns(time: str, zone: tzinfo, latest: date) -> int | None:
    """The last instant up to a day that `Mar 14 09:26:53` may be; None where there is no such day."""
    month, day, clock = time.split()
    found = last_day(_MONTHS.find(month) // 3 + 1 if month in _MONTHS else 0, int(day), latest)
    return instant_ns(f"{found}T{clock}", zone) if found else None


def _stream(app: str | None, process: str | None) -> str:
    return f"{app or ''}[{process}]" if process else app or ""


def _inner(text: str, start: int) -> str:
    cookie = _COOKIE.match(text, start)
    return text[cookie.end() if cookie else start :]


def peel_lines(lines: Sequence[bytes], _zone: tzinfo) -> Layer:
    """The layer of lines with JSON objects: of RFC 5424 without structured data, and of RFC 3164 as rsyslog writes it."""
    parts = [_parts(line) for line in lines]
    known = {head: _known(head) for head in {part[0] for part in parts if part}}
    taken = [at for at, part in enumerate(parts) if part and known[part[0]]]
    chosen = [parts[at] for at in taken]
    times = [part[1] for part in chosen if part]
    return timed(Layer(taken, [part[2] for part in chosen if part], [known[part[0]] for part in chosen if part]), times)  # type: ignore[misc]


def _parts(line: bytes) -> tuple[bytes, bytes, bytes] | None:
    """(head with another time, time, object) of a line; None where it is surely not one that is read here."""
    if line[:1] != b"<" and line[10:11] != b"T":
        return None
    words = line.split(b" ", 7 if line[:1] == b"<" else 3)
    old = len(words) == 4 and words[2][-1:] == b":" and words[3][:1] in (b"{", b"@")
    fits = words[6] == b"-" if len(words) == 8 else old
    if not fits:
        return None
    inner = words.pop()
    if inner[:1] != b"{":
        inner = _object(inner)
    place = 1 if len(words) == 7 else 0
    time, words[place] = words[place], _ANY_TIME
    return (b" ".join(words), time, inner) if inner[:1] == b"{" else None


def _object(text: bytes) -> bytes:
    """A message without its cookie, where an object follows."""
    text = text.removeprefix(b"\xef\xbb\xbf")
    found = text.removeprefix(b"@cee:").removeprefix(b" ") if text[:5] == b"@cee:" else text
    return found if found[:1] == b"{" else text


def _known(head: bytes) -> Peeled | None:
    """What a head tells, but for its time."""
    try:
        peeled = peel(head.decode() + " {", UTC)
    except UnicodeDecodeError:
        return None
    return peeled._replace(inner="", time_ns=None) if peeled and peeled.inner == "{" and not peeled.fields else None


_ANY_TIME = b"2000-01-01T00:00:00Z"


ENVELOPE = Envelope(
    name="syslog",
    example='<14>1 2025-03-14T09:26:53.301550Z web-1 payments 123 - - @cee: {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    peel_lines=peel_lines,
    begins="<" + ascii_uppercase + digits,
)
