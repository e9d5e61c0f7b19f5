"""Events of security devices: ArcSight's Common Event Format and QRadar's LEEF.

CEF:0|Acme|payments|1.0|100|Charge failed|8|rt=1704897000123 cs1Label=trace_id cs1=4bf92f35… msg=card refused
LEEF:2.0|Acme|payments|1.0|ChargeFailed|^|devTime=1704897000123^sev=8^trace_id=4bf92f35…

The fields that CEF keeps for whoever needs one (`cs1`, `cn1`, …) have the names that their labels tell.
Sources: ArcSight, Implementing the Common Event Format, version 0; IBM, LEEF event components.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from logtrace.ingest.vocabulary.pairs import scalar
from logtrace.patterns import lazy_pattern

NAME = "cef"
ABOUT = "CEF and LEEF events (ArcSight, QRadar), fields by the names that their labels tell"
EXAMPLE = "CEF:0|Acme|payments|1.0|100|Charge failed|8|rt=1704897000123 cs1Label=trace_id cs1=4bf92f3577b34da6a3ce929d0e0e4736"
FIRST = "CL"

_HEADER = lazy_pattern(r"((?:[^|\\]|\\.)*)\|", re.DOTALL)
_KEY = lazy_pattern(r"(?:^|\s)([\w.-]{1,100})=", re.ASCII)
_ESCAPED = lazy_pattern(r"\\(.)", re.DOTALL)
_CODE = lazy_pattern(r"0?x([0-9A-Fa-f]{2})")
_LINES = {"n": "\n", "r": "\r"}
_LABEL = "Label"
_TIMES = ("rt", "devTime", "end", "start")
_LEVELS = {"low": "INFO", "medium": "WARN", "high": "ERROR", "very-high": "FATAL"}


def read(text: str) -> dict[str, Any] | None:
    """The record of an event; None where the text is none."""
    kind = text[:4]
    if kind not in ("CEF:", "LEEF"):
        return None
    parts = _parts(text, 7 if kind == "CEF:" else 6 if text[4:6] == ":2" else 5)
    if parts is None:
        return None
    (_, vendor, product, version, number, *more), rest = parts
    if kind == "CEF:":
        name, level = more
        fields = _labelled(_fields(rest))
    else:
        separator = _separator(more[0]) if more else "\t"
        name = number
        fields = {key: value for part in rest.split(separator) for key, sign, value in (part.partition("="),) if sign}
        level = fields.pop("sev", "")
    time = next((fields[key] for key in _TIMES if fields.get(key)), "")
    head = {
        "timestamp": scalar(time), "level": _level(level), "app": product, "message": fields.pop("msg", "") or name,
        "event.class": number, "observer.vendor": vendor, "observer.version": version,
    }  # fmt: skip
    known = {key: value for key, value in head.items() if value}
    return {**known, **{key: scalar(value) for key, value in fields.items() if key not in known and key not in ("rt", "devTime")}}


def _parts(text: str, many: int) -> tuple[list[str], str] | None:
    """(so many parts of the head, what stands behind them)."""
    found, at = [], 0
    for _ in range(many):
        part = _HEADER.match(text, at)
        if part is None:
            return None
        found.append(_plain(part[1]).strip())
        at = part.end()
    return found, text[at:]


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: _LINES.get(found[1], found[1]), text)


def _fields(text: str) -> dict[str, str]:
    """The extension of CEF: values have spaces, and no sign of equality that is not escaped."""
    keys = [found for found in _KEY.finditer(text) if text[found.end() - 2] != "\\"]
    ends = [*(found.start() for found in keys), len(text)]
    return {
        found[1]: _plain(text[found.end() : end].strip()) for found, (_, end) in zip(keys, pairwise(ends), strict=True)
    }  # fmt: skip


def _labelled(fields: dict[str, str]) -> dict[str, str]:
    """Fields under the names that their labels give them."""
    names = {key: fields[key + _LABEL] for key in fields if fields.get(key + _LABEL)}
    labels = {key + _LABEL for key in names}
    return {names.get(key, key): value for key, value in fields.items() if key not in labels}


def _separator(text: str) -> str:
    code = _CODE.fullmatch(text)
    return chr(int(code[1], 16)) if code else text or "\t"


def _level(severity: str) -> str:
    """The level of a severity from 0 to 10, or of its word."""
    if severity.isdecimal() and int(severity) <= 10:
        return ("INFO", "INFO", "INFO", "INFO", "WARN", "WARN", "WARN", "ERROR", "ERROR", "FATAL", "FATAL")[int(severity)]
    return _LEVELS.get(severity.lower(), "")
