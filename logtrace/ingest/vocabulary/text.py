"""What a text (a whole line, or the message of a record) tells: ids, time, level, logger, a duration.

Used for lines that are no JSON once their envelope is off, and for messages of records that name no ids.
"""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from logtrace import units
from logtrace.ingest.vocabulary import levels
from logtrace.patterns import lazy_pattern

if TYPE_CHECKING:
    import re2

_ID = r"""["']?\s*[:=]\s*["']?([0-9A-Za-z][0-9A-Za-z_.:/+-]{0,127})"""
_TRACE = lazy_pattern(r"\b(?:otel)?trace[_.\- ]?id" + _ID, re.ASCII | re.IGNORECASE)
_SPAN = lazy_pattern(r"\b(?:otel)?span[_.\- ]?id" + _ID, re.ASCII | re.IGNORECASE)
_BARE_TRACE = lazy_pattern(r"\btrace=([0-9a-f]{32})\b", re.ASCII | re.IGNORECASE)
_BARE_SPAN = lazy_pattern(r"\bspan=([0-9a-f]{16})\b", re.ASCII | re.IGNORECASE)
_BARE_PAIR = lazy_pattern(
    r"[\[({|<]([0-9a-fA-F]{32})(?:[\])}|>]? ?[\[({|<]|[,;:/-])([0-9a-fA-F]{16})(?:[\])}>]|(?=[|,;:/]))", re.ASCII
)
"""Ids without names, which loggers put into brackets: `[67d3…] [b7ad…]`."""

_PARENT = lazy_pattern(r"\bparent(?:[_.\- ]?span)?[_.\- ]?id" + _ID, re.ASCII | re.IGNORECASE)
_HEADER = lazy_pattern(
    r"""\btraceparent["']?\s*[:=]\s*["']?(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?![\w-])""",
    re.ASCII | re.IGNORECASE,
)
_TAIL = ".:,;/+-"  # punctuation that ends a sentence, not an id


class IdsInText(NamedTuple):
    """The id texts found; "" where there is none."""

    trace: str
    span: str
    parent: str


def ids_in(text: str, key: re.Pattern[str] | None = None) -> IdsInText | None:
    """The ids a text names (`TraceID: … SpanID: …`, `trace_id=… span_id=…`, `trace=…,span=…` where those are ids, `[…] […]` where
    32 hexadecimal digits stand before 16); None where it names no trace. A propagation header in it (of a request, in a comment
    of SQL) names the trace and the caller.

    key: finds what stands for the trace id, before any trace id (see `key_pattern`).
    """
    by_key = key.search(text) if key else None
    text = text[: _end_of_ids(text)]
    trace = by_key or _TRACE.search(text)
    if trace is None and (trace := _BARE_TRACE.search(text) if "race=" in text else None):
        span = _BARE_SPAN.search(text)
        return IdsInText(trace[1], span[1] if span else "", "")
    if trace is None and (pair := _BARE_PAIR.search(text)):
        return IdsInText(pair[1], pair[2], "")
    if trace is None:
        header = _HEADER.search(text) if "raceparent" in text else None
        return IdsInText(header[1], "", header[2]) if header else None
    span = next((m for m in _SPAN.finditer(text) if not _is_parent(text, m.start())), None)
    parent = _PARENT.search(text)
    return IdsInText(*(m[1].rstrip(_TAIL) if m else "" for m in (trace, span, parent)))


def key_pattern(key: str) -> re.Pattern[str]:
    """Finds the value of a key in a text, as an id is found."""
    return re.compile(rf"(?<![\w.-]){re.escape(key)}{_ID}", re.ASCII | re.IGNORECASE)


_ANY_ID = lazy_pattern(
    r"\b(?:(?:dd\.|otel)?trace|(?:dd\.|otel)?span|parent(?:[_.\- ]?span)?)[_.\- ]?id" + _ID + r"[,;]?\s*"
    r"|\btrace[_.]?(?:flags|sampled)\s*[:=]\s*\w+[,;]?\s*",
    re.ASCII | re.IGNORECASE,
)


_EMPTY = lazy_pattern(r"(?:^|(?<=\s))(?:\[[\s,|]*\]|\([\s,|]*\)|\{[\s,|]*\})\s*(?:[:-] )?", re.ASCII)


def without_ids(text: str) -> str:
    """A message without the ids that it repeats, and without the brackets that held nothing else."""
    end = _end_of_ids(text)
    plain, removed = _ANY_ID.subn("", text[:end])
    plain = _EMPTY.sub("", plain, count=1) if removed else _BARE_PAIR.sub("", plain, count=1)
    return (plain + text[end:]).strip()


_LONG, _BEHIND, _GAP = 1_000, 500, lazy_pattern(r"\s{90}")
"""Of long texts: how far behind its key an id ends, with no gap longer than that around it."""


def _end_of_ids(text: str) -> int:
    """A place behind which a text names no ids. A pattern that names may begin at any letter is slow on long texts."""
    if len(text) <= _LONG:
        return len(text)
    ends = [match.end() for match in _may_name_ids().finditer(text)]
    if not ends:
        return 0
    end: int = ends[-1]
    return len(text) if _GAP.search(text, end, end + _BEHIND) else end + _BEHIND


@cache
def _may_name_ids() -> re2.Pattern:
    """Finds at least the keys that ids stand behind."""
    import re2  # most logs have no long messages

    return re2.compile(r"(?i)(?:trace|span|parent)[_.\- ]?id|traceparent|\b(?:trace|span)=|[0-9a-f]{32}.{1,3}[0-9a-f]{16}")


def _is_parent(text: str, at: int) -> bool:
    return text[max(0, at - 7) : at].lower().rstrip("_.- ").endswith("parent")


def ids_told(text: str) -> dict[str, str]:
    """The ids that a text names, under the keys of the alias table."""
    ids = ids_in(text)
    return (
        {}
        if ids is None
        else {key: found for key, found in zip(("trace_id", "span_id", "parent_span_id"), ids, strict=True) if found}
    )


def message_told(message: str) -> dict[str, str]:
    """The ids that a message names, and the message without them."""
    ids = ids_told(message)
    return {**ids, "msg": without_ids(message) if ids else message}


_TOOK = lazy_pattern(
    r"\b(?:took|in|after|duration|latency|elapsed|finished|completed|done|processed|served|handled)\b"
    r"[ :=(]{1,3}(\d{1,12}(?:\.\d{1,9})?)\s?(ms|us|µs|ns|s)\b",
    re.IGNORECASE,
)
_ENDED = lazy_pattern(
    r"\b(?:finish|complet|process|done|serv|handl|execut|succe|fail|end|took|duration|latency|elapsed)", re.IGNORECASE
)


@cache
def _may_have_taken() -> re2.Pattern:
    """Finds at least what `_TOOK` finds, in a time that does not grow with the words that may stand there."""
    import re2

    return re2.compile(
        r"(?i)(?:took|in|after|duration|latency|elapsed|finished|completed|done|processed|served|handled)"
        r"[ :=(]{1,3}\p{Nd}{1,12}(?:\.\p{Nd}{1,9})?.?(?:ms|us|µs|ns|s)"
    )


def duration_in(message: str) -> int | None:
    """The nanoseconds a message says something took (`Request completed in 45.3ms`); None where it says none, or two."""
    if len(message) > _LONG and not _may_have_taken().search(message):
        return None
    found = _TOOK.findall(message)
    if len(found) != 1 or not _ENDED.search(message):
        return None
    return units.duration_text_ns("".join(found[0]))


class TextLine(NamedTuple):
    """A text line taken apart; `body` is what follows time, level and logger."""

    time_ns: int | None
    severity: int
    logger: str
    body: str


_DATED = r"(\d{4})[-/.](\d\d)[-/.](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?( ?(?:Z|[+-]\d\d:?\d\d))?"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_HEAD = lazy_pattern(
    rf"\[?(?:{_DATED}|{_CLOCK})?\]?\s*"
    r"(?:(?:\[[^\[\]\n]{1,80}\]\s+)?\[?(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL|VRB|DBG|INF|WRN|ERR|FTL)\]?\s+)?"
    r"(?:\[[\w.-]+\]\s+(?=[A-Za-z_][\w$]*(?:[.#/][\w$]+)+\s))?"
    r"(?:(\[[\w.-]+\]|[A-Za-z_][\w$]*(?:[.#/][\w$]+)+)\s+(?:-\s+)?)?",
    re.ASCII,
)
_WORDS = (
    "trace|trc|debug|dbg|information|info|inf|notice|warning|warn|wrn|error|err|critical|crit|fatal|ftl"
    "|alert|emergency|emerg|panic"
)
_FIRST = lazy_pattern(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL)(?: (?=\d{4}-\d\d-\d\d[T ])|:\s+)", re.ASCII)
_STAMP = lazy_pattern(
    r"(?:\[[\w.-]{1,50}\] )?\[?(?:"
    rf"(\d{{4}}[-/.]\d\d[-/.]\d\d(?:[T ]|\]\[){_CLOCK}(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
    rf"|\d\d?-[A-Z][a-z]{{2}}-\d{{4}} {_CLOCK}(?: UTC)?|[A-Z][a-z]{{2}} [A-Z][a-z]{{2}} [ \d]\d {_CLOCK} \d{{4}})"
    rf"|(?:[A-Z][a-z]{{2}} {{1,2}}\d{{1,2}} |\d\d/\d\d/\d\d(?:\d\d)? )?{_CLOCK}Z?)\]?(?:\s+|(?=[:|\[]))",
    re.ASCII,
)
_SAID_LATER = lazy_pattern(
    r"((?:(?:\[[^\[\]\n]{0,80}\]|[A-Za-z_][\w.-]{0,40}=[^\s\[\]]{1,80})\s*){0,8}?)"
    rf"(?:\[(?:\w{{1,40}}:)?((?i:{_WORDS}))\]:?|[:|]?\s*({_WORDS.upper()})(?:[:|]|(?=\s)|/[\w.-]{{1,80}}\])"
    rf"|({_WORDS})(?::(?=\s)|\t))\s*",
    re.ASCII,
)


def text_line(text: str, zone: tzinfo = UTC) -> TextLine:
    """Time, level and logger at the head of a text line, as far as they are there.

    A time without a date is no instant. Only a word in brackets or with dots behind a level is a logger.
    """
    match = _HEAD.match(text)
    if match is None or not match[9] or _FIRST.match(text):
        return _rarer_line(text, zone)
    time_ns = units.match_ns(match, zone) if match[1] else None
    return TextLine(time_ns, levels.severity(match[9]), (match[10] or "").strip("[]"), text[match.end() :].strip())


def _rarer_line(text: str, zone: tzinfo) -> TextLine:
    """The same of a line whose level stands before the time (Django's), in brackets whatever its case, between other signs than
    blanks, or behind pairs and other brackets (Elixir's)."""
    first = _FIRST.match(text)
    begin = first.end() if first else 0
    stamp = _STAMP.match(text, begin)
    time_ns = units.instant_ns(stamp[1].replace("][", " "), zone) if stamp and stamp[1] else None
    if first is not None:
        return TextLine(time_ns, levels.severity(first[1]), "", text[stamp.end() if stamp else begin :].strip())
    behind = _SAID_LATER.match(text, stamp.end()) if stamp else None
    if behind is None:
        return TextLine(time_ns, 0, "", text)
    level = behind[2] or behind[3] or behind[4]
    return TextLine(time_ns, levels.severity(level), "", f"{behind[1]}{text[behind.end() :]}".strip())
