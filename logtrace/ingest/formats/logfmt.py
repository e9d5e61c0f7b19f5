"""logfmt, as slog's TextHandler, logrus, Grafana and Heroku write it: the whole line is `key=value key="quoted value" …`.
structlog's KeyValueRenderer writes single quotes."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.vocabulary.pairs import scalar, unquoted
from logtrace.patterns import lazy_pattern

NAME = "logfmt"
ABOUT = 'key=value key="quoted value" …; slog\'s TextHandler, logrus without a terminal, Grafana'
EXAMPLE = 'time=2025-11-10T19:36:18.431Z level=INFO msg="charge completed" trace_id=67d3f65d duration=180.75ms'

BEGINS = lazy_pattern(r'(?:time|ts|timestamp)="?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:|level=\w+ \w+=')
_LONGEST = 200
_PAIR = lazy_pattern(r"""([^\s="]{1,200})(?:=(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'(?=\s|$)|([^\s"]*)))?(?:\s+|$)""")


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin with a pair, has fewer than two, or something else in between."""
    if "=" not in text:
        return None
    if "\\" not in text and "'" not in text and not text[:1].isspace():
        return _plain(text)
    at, pairs, record = 0, 0, dict[str, Any]()
    while at < len(text):
        match = _PAIR.match(text, at)
        if match is None:
            return None
        key, quoted, single, plain = match.groups()
        if single is not None:
            quoted = single.replace("\\'", "'").replace('"', '\\"')
        if quoted is None and plain is None:
            if not pairs:
                return None
            record.setdefault(key, True)
        else:
            pairs += 1
            record[key] = scalar(plain) if quoted is None else unquoted(quoted)
        at = match.end()
    return record if pairs > 1 else None


def _plain(text: str) -> dict[str, Any] | None:
    """The same, of a line without escapes and single quotes, in half the time."""
    pieces, pairs, record = text.split('"'), 0, dict[str, Any]()
    if not len(pieces) % 2:
        return None
    for at in range(0, len(pieces), 2):
        piece = pieces[at]
        if at and piece and not piece[0].isspace():
            return None
        words = piece.split()
        quoting = words.pop() if at + 1 < len(pieces) and piece[-1:] == "=" else ""
        if at + 1 < len(pieces) and not 1 < len(quoting) <= _LONGEST + 1:
            return None
        for word in words:
            key, equals, value = word.partition("=")
            if not 0 < len(key) <= _LONGEST or not (equals or pairs):
                return None
            if equals:
                pairs += 1
                record[key] = scalar(value)
            else:
                record.setdefault(key, True)
        if quoting:
            if quoting.find("=") < len(quoting) - 1:
                return None
            pairs += 1
            record[quoting[:-1]] = pieces[at + 1]
    return record if pairs > 1 else None
