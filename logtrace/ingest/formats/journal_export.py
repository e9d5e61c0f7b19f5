"""The journal export format of systemd: entries of `FIELD=value` lines, parted by blank lines, as `journalctl -o export` prints
them and systemd-journal-remote sends them. An entry is the object that `-o json` makes of it.

A field that is no text (or has newlines) is written in another way, with its size: an entry is read up to there.
"""

from __future__ import annotations

from typing import Any

from logtrace.patterns import lazy_pattern

HEADS = (b"__CURSOR=",)
LATER = (b"__", b"MESSAGE=", b"_SYSTEMD_", b"SYSLOG_", b"PRIORITY=", b"TRACE_ID=", b"SPAN_ID=")
_FIELD = lazy_pattern(rb"[A-Z_][A-Z0-9_]{0,63}=")


def goes_on(line: bytes, _count: int) -> bool:
    """Whether a line is a field of the same entry."""
    return _FIELD.match(line) is not None and not line.startswith(HEADS)


def block(text: str) -> dict[str, Any] | None:
    """The fields; None where they tell no time. Those that come more than once are lists."""
    found: dict[str, Any] = {}
    for line in text.split("\n"):
        key, _, value = line.partition("=")
        if key not in found:
            found[key] = value
        elif isinstance(found[key], list):
            found[key].append(value)
        else:
            found[key] = [found[key], value]
    return found if "__REALTIME_TIMESTAMP" in found else None
