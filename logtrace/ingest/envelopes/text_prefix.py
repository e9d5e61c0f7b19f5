"""What a logger of text writes before a message that is a JSON object: `2025-03-14 09:26:53,301 INFO app - {"traceId":…}`.

So reporters log spans through SLF4J, and services whose lines go through somebody else's logger.
"""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import decoded, object_of
from logtrace.ingest.formats import pino_pretty, zap_console
from logtrace.ingest.vocabulary import levels
from logtrace.ingest.vocabulary.aliases import ALIASES
from logtrace.ingest.vocabulary.text import TextLine, text_line
from logtrace.model import plain_key
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_OBJECT = lazy_pattern(r'[ :|\]](?=\{")')
_TELLING = frozenset(("traceid", "resourcespans", "scopespans", "resourcelogs", "scopelogs", "xraytraceid", "oteltraceid"))
_CONTEXTS = frozenset(("mdc", "contextmap", "context", "spancontext", "namedtags", "opentelemetry", "trace", "span", "dd"))
"""Objects in which loggers keep the ids of the line, by plain key."""

_BODIES = frozenset(map(plain_key, ALIASES["body"]))
_WINSTON = lazy_pattern(
    r"(?:(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) )?(?:\[([^\[\]\n]{1,80})\] )?([a-z]{4,7}): ",
    re.ASCII,
)
"""As winston's simple format begins, and what its documentation prints: a time, a label, the level."""

_TRIES, _BARS = 4, " | "


def peel(text: str, zone: tzinfo) -> Peeled | None:
    """The layer where an object ends the text and names a trace; time, level and logger are those before it. What
    else stands there is its message, where the object has none."""
    if text[-1:] != "}" or text[:1] == "{":
        return None
    for number, start in enumerate(_OBJECT.finditer(text)):
        if number and text[: start.end()].rstrip()[-1:] == "}":
            return None  # an object behind another: a format of its own
        found = decoded(text[start.end() :]) if number < _TRIES else None
        if found is not None:
            told = _tells(found) and not (text.startswith(_BARS, start.end() - len(_BARS)) and zap_console.read(text))
            return _peeled(text[: start.end()], text[start.end() :], found, zone) if told else None
    return None


def _tells(found: dict[str, Any]) -> bool:
    """Whether an object names a trace at its top, or in an object that is there for that."""
    keys = {plain_key(key): value for key, value in found.items()}
    if not _TELLING.isdisjoint(keys):
        return True
    inside = [value for key, value in keys.items() if key in _CONTEXTS and isinstance(value, dict)]
    return any(not _TELLING.isdisjoint(map(plain_key, each)) for each in inside) or "id" in object_of(keys.get("trace"))


def _peeled(before: str, inner: str, found: dict[str, Any], zone: tzinfo) -> Peeled:
    if pino := pino_pretty.head_of(before):
        return _of_pino(pino[0], before[pino[1] :].strip(), inner, found, zone)
    said = before.strip().rstrip(":-| ").rstrip()
    fields: tuple[tuple[str, object], ...] = ()
    if (winston := _WINSTON.match(f"{said} ")) and levels.severity(winston[3]):
        head = TextLine(instant_ns(winston[1], zone) if winston[1] else None, 0, "", said[winston.end() :])
        fields = (("level", winston[3]), *((("logger", winston[2]),) if winston[2] and "logger" not in found else ()))
    else:
        head = text_line(said, zone)
    said = head.body.strip()
    if said and not any(plain_key(key) in _BODIES for key in found):
        fields = (*fields, ("message", said))
    return Peeled(inner, head.time_ns, severity=head.severity, fields=fields)


def _of_pino(told: dict[str, Any], said: str, inner: str, found: dict[str, Any], zone: tzinfo) -> Peeled:
    """The layer of pino-pretty's lines with all fields behind the message."""
    fields = {**told, **({} if any(plain_key(key) in _BODIES for key in found) else {"msg": said})}
    time_ns = instant_ns(fields.pop("timestamp", None), zone)
    return Peeled(inner, time_ns, fields=tuple(fields.items()))


ENVELOPE = Envelope(
    name="text_prefix",
    example='2025-03-14 09:26:53,301 INFO app.Reporter - {"msg":"Task created","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}',
    inner='{"msg":"Task created","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}',
    peel=peel,
)
