"""Fingerprints of errors: what makes two of them the same trouble, whatever ids and numbers their messages hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from logtrace.model import Span
from logtrace.patterns import lazy_pattern

_MASKS = {
    "kept": r"\b(?:[Ss]tatus|[Cc]ode|HTTP|errno|SQLSTATE)(?: code)?[ =:]{1,2}\d{1,5}\b",
    "uuid": r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b",
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "address": r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[[0-9a-fA-F:]+\](?::\d+)?",
    "hex": r"[-+]?\b0x[0-9a-fA-F]+\b|\b(?=[a-fA-F]*\d)[0-9a-fA-F]{16,}\b",
    "text": r"\"[^\"\n]{21,}\"|'[^'\n]{21,}'",
    "path": r"(?<!\w)(?:/[\w.%~+-]+)*/(?=[\w.%~+-]*\d)[\w.%~+-]+(?:/[\w.%~+-]+)*",
    "n": r"(?<![A-Za-z_])[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?(?:\s?(?:ns|µs|us|ms|s|m|h|d|[kKMGT]i?B|B|%)\b)?|\d+",
}
_MASK = lazy_pattern("|".join(f"(?P<{name}>{pattern})" for name, pattern in _MASKS.items()))

STACK_KEYS = ("exception.stacktrace", "error.stack", "error.stack_trace", "stack_trace", "stacktrace", "stack")
EXPLICIT_KEYS = ("error.fingerprint", "fingerprint", "error.grouping_key")
_FOREIGN = lazy_pattern(r"site-packages|node_modules|/usr/lib|/usr/local/go|runtime[./]|^java\.|^sun\.|dist-packages|vendor/")

MOST_CHARS = 1_000
"""So much of a message tells two errors apart."""


def masked(message: str) -> str:
    """The message with what varies between two occurrences of one trouble replaced: `user <n> at <address>`.

    UUIDs, e-mail addresses, network addresses, hexadecimal ids, long quoted texts, paths with digits, numbers with
    their units. The number of a status or an error code stays. Only the first thousand characters count.
    """
    return _MASK.sub(_mask, message[:MOST_CHARS])


def _mask(match: re.Match[str]) -> str:
    return match[0] if match.lastgroup == "kept" else f"<{match.lastgroup}>"


def fingerprint(service: str, operation: str, error_type: str, message: str, attributes: Mapping[str, Any] | None = None) -> str:
    """16 hexadecimal digits: equal for the same trouble of the same operation.

    What the program itself calls it counts before the top frame of its own in a stack trace, that before type and
    masked message (Sentry's order); type, service and operation always count.
    """
    known = attributes or {}
    explicit = next((str(known[key]) for key in EXPLICIT_KEYS if known.get(key)), "")
    frame = "" if explicit else top_frame(next((str(known[key]) for key in STACK_KEYS if known.get(key)), ""))
    parts = (explicit or frame or masked(message), error_type, service, operation)
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def span_fingerprint(span: Span) -> str:
    """The fingerprint of a span's error; "" where it has none."""
    if not span.error:
        return ""
    return fingerprint(span.service, span.name, span.error_type, span.error_message, span.attributes)


def top_frame(stack: str) -> str:
    """The first frame of a stack trace that is not of a library or runtime, its line number masked; "" without one."""
    frames = [line.strip() for line in stack.splitlines()[1:] if _is_frame(line)]
    own = [frame for frame in frames if not _FOREIGN.search(frame)]
    return masked((own or frames or [""])[0])


def _is_frame(line: str) -> bool:
    """Whether a line of a stack trace names a place: `at f (a.js:1:2)`, `File "a.py", line 3`, `main.go:7 +0x1d`."""
    return bool(re.search(r"^\s*at\s|^\s*File \"|\.\w{1,5}:\d+", line))
