"""Words and numbers of severity, roles and status → the integers of a Record."""

from __future__ import annotations

import re

from logtrace.model import ErrorLevel, Flag, Role
from logtrace.patterns import lazy_pattern

TRACE, DEBUG, INFO, WARN, ERROR, FATAL = 1, 5, 9, 13, 17, 21
"""OTel severity numbers of the six families."""

SEVERITY: dict[object, int] = {
    **dict.fromkeys(("trace", "verbose", "trc", "finest", "all", "vrb", "trac"), TRACE),
    **dict.fromkeys(("debug", "dbg", "d", "fine", "finer", "dbug", "debu"), DEBUG),
    **dict.fromkeys(("info", "information", "inf", "i", "notice", "success", "log"), INFO),
    **dict.fromkeys(("warn", "warning", "wrn", "w"), WARN),
    **dict.fromkeys(("error", "err", "e", "severe", "eror", "erro"), ERROR),
    **dict.fromkeys(
        ("fatal", "critical", "crit", "panic", "dpanic", "emerg", "emergency", "alert", "f", "ftl", "fata", "pani", "pnc"), FATAL
    ),
}
"""Level words in lower case; upper case and slog's offsets (`ERROR+4`) are added when first seen. 0 is unknown."""

_NUMBERS: dict[float, int] = {10: TRACE, 20: DEBUG, 30: INFO, 40: WARN, 50: ERROR, 60: FATAL}
"""pino and bunyan; the python logging numbers differ but have names beside them."""


_COLOURS = lazy_pattern(r"\x1b\[[\d;]*m")
"""zap's encoders of levels for terminals are used in JSON too."""


def severity(level: object) -> int:
    """The OTel severity number of a level as logged, 0 where it says nothing known."""
    if level.__class__ is str:
        word = _COLOURS.sub("", level).strip().lower()
        base, sign, offset = word.partition("+") if "+" in word else word.partition("-")
        found = SEVERITY.get(base, 0)
        if found and sign and offset.isdecimal() and len(offset) < 4:
            found = max(1, min(24, found + (int(offset) if sign == "+" else -int(offset))))
        return found
    return _NUMBERS.get(level, 0) if level.__class__ in (int, float) else 0


_BEGIN, _FINISH = int(Role.START), int(Role.END)
ROLES: dict[object, int] = {
    **dict.fromkeys(("start", "begin", "started", "open", "span_start", "span.start", "span_started", "span started"), _BEGIN),
    **dict.fromkeys(
        ("end", "finish", "finished", "done", "completed", "complete", "stop", "stopped", "close", "closed"), _FINISH
    ),
    **dict.fromkeys(("span_end", "span.end", "span_finished", "span_ended", "span finished", "span ended"), _FINISH),
}
"""Words of an event or phase field. The wording of a message is none, but for SPOKEN."""

SPOKEN = {
    form: role
    for word, role in ROLES.items()
    if isinstance(word, str) and word.startswith("span")
    for form in (word, word.capitalize())
}
"""Whole messages that say no more than that a span begins or ends."""

_STATUS: dict[object, int] = {
    **dict.fromkeys(("error", "failed", "failure", "fail", "ko", "nok", "2", "status_code_error"), ErrorLevel.HARD),
    **dict.fromkeys(("ok", "success", "unset", "", "1", "0"), ErrorLevel.NONE),
}

_FINE = {"ok", "success", "succeeded", "status_code_ok"}
_HTTP_FINE = frozenset(code for number in range(100, 400) for code in (number, str(number)))


def status_flag(status: object, http: bool) -> int:
    """The Flag of a status that is no error: of a word for success or unset; of a number below 400 only where the line tells of
    an HTTP request, since numbers have other uses."""
    if status.__class__ is str:
        word = status.lower()
        if word in _FINE:
            return int(Flag.STATUS_OK)
        if word == "unset":
            return int(Flag.STATUS_UNSET)
    elif status.__class__ is not int:
        return 0
    return int(Flag.STATUS_OK) if http and status in _HTTP_FINE else 0


_RAISED = lazy_pattern(r"(?:[\w$]+(?:[.\\]|::))*[A-Z_a-z][\w$]*", re.ASCII)
_GO_FRAME = lazy_pattern(r"\s+\S+\.go:\d+", re.ASCII)


def error_of_stack(stack: object) -> tuple[str, str]:
    """(type, message) of a stack trace, a text or its lines: of its first line (`Type: message`), or of the last where Python
    wrote it."""
    if isinstance(stack, list):
        stack = "\n".join(stack) if stack and set(map(type, stack)) == {str} else stack[0] if stack else ""
    if isinstance(stack, dict):
        return str(stack.get("exc_type") or ""), str(stack.get("exc_value") or "")
    if not isinstance(stack, str):
        return "", ""
    lines = stack.strip().splitlines() or [""]
    if len(lines) > 1 and _GO_FRAME.match(lines[1]):
        return "", ""  # a stack of Go begins with a function
    line = lines[-1] if lines[0].startswith("Traceback ") else lines[0]
    kind, colon, message = line.partition(": ")
    if (colon or len(lines) > 1) and _RAISED.fullmatch(kind):
        return kind, message.strip()
    return "", ""


def status_error(status: object) -> int:
    """ErrorLevel of a status field: the words of OTel and of people; an HTTP status of 500 or more is an error.

    Other numbers say nothing: the platform writes 1 for ok in one place and for error in another.
    """
    if status.__class__ is str:
        known = _STATUS.get(status.lower())
        if known is not None:
            return known
        return status_error(int(status)) if status.isdecimal() and len(status) == 3 else ErrorLevel.NONE
    return ErrorLevel.HARD if status.__class__ is int and 500 <= status < 600 else ErrorLevel.NONE


_NO_ERROR = frozenset(
    [
        "<nil>",
        "nil",
        "null",
        "none",
        "false",
        "0",
        "no",
        "undefined",
        "n",
        "f",
        "-",
        "ok",
        "nein",
        "non",
        "nej",
        "nie",
        "ne",
        "nee",
        "nao",
        "não",
        "нет",
        "ні",
        "否",
        "無",
        "无",
        "なし",
        "いいえ",
        "없음",
        "아니오",
        "아니요",
        "لا",
        "không",
    ]
) | {""}


def is_error(value: object) -> bool:
    """Whether the value of an error field says that there is one: null, "", "<nil>", false and 0 do not, nor does a no."""
    if value.__class__ is str:
        return value.strip().lower() not in _NO_ERROR
    return bool(value)
