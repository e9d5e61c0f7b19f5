"""The levels of syslog, which journald has as well."""

from __future__ import annotations

_SEVERITIES = (21, 21, 21, 17, 13, 9, 9, 5)
"""OTel severity number of each syslog level, emergency (0) to debug (7)."""

_FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit"),
    *("alert", "clock", *(f"local{number}" for number in range(8))),
)


def severity_of(level: object) -> int:
    """OTel severity number of a syslog level, a number or its text; 0 where it is none."""
    text = str(level)
    return _SEVERITIES[int(text)] if len(text) == 1 and text in "01234567" else 0


def priority_of(text: str) -> tuple[str, int] | None:
    """(facility, OTel severity number) of the number in `<PRI>`; None where there is no such priority."""
    number = int(text)
    return (_FACILITIES[number >> 3], _SEVERITIES[number & 7]) if number < len(_FACILITIES) * 8 else None
