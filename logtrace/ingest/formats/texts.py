"""Formats of lines that are text: text → a record of keys, which is then read by the same rules as a JSON object."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from logtrace.ingest.formats import (
    access,
    aws_alb,
    bracketed,
    cef,
    combined,
    console,
    dotnet_line,
    envoy_text,
    gorouter,
    haproxy,
    klog,
    lambda_report,
    log15_console,
    logfmt,
    logrus_console,
    monolog_line,
    nest,
    nlog,
    pino_pretty,
    python_text,
    ruby_text,
    rust_compact,
    rust_text,
    spring,
    stdlib,
    zap_console,
)
from logtrace.ingest.vocabulary.mend import as_json
from logtrace.patterns import lazy_pattern

TEXTS: tuple[ModuleType, ...] = (
    pino_pretty,
    bracketed,
    access,
    combined,
    envoy_text,
    haproxy,
    gorouter,
    aws_alb,
    cef,
    python_text,
    ruby_text,
    nlog,
    nest,
    spring,
    zap_console,
    rust_text,
    rust_compact,
    monolog_line,
    logrus_console,
    log15_console,
    klog,
    lambda_report,
    dotnet_line,
    logfmt,
    console,
    stdlib,
)
"""Ordered; each member has NAME, ABOUT, EXAMPLE and read(text) → record, or None where a text is not of this format.

FIRST, where a member has it, are the characters that its texts may begin with. BEGINS, where a member has it, is how texts
begin that are of no other member, under no envelope and not part of a text before them, whatever follows: these are read many
at once (see `known_texts`)."""

TOGETHER: tuple[ModuleType, ...] = tuple(member for member in TEXTS if hasattr(member, "BEGINS"))

_FURTHER = lazy_pattern(
    r"[ \t]+\S"  # indented
    r"|goroutine \d+ \[|created by |panic: |\[signal |exit status \d|\.\.\.additional frames|runtime error: |/\S+\.go:\d+"  # Go
    r"|[\w./*{}$<>~%-]+(?:\(\*?[\w.]+\)[\w.]*)*\([\w., {}?*&\[\]:+\"-]*\)(?:\s|$)"  # a frame: pkg.(*Type).func(0x1)
    r"|> File \"|Caused by: |\.\.\. \d+ more|Traceback \(|During handling |The above exception "  # Java, Python
    r"|[\w./-]*\w\.[\w.*()]+$"  # a function alone in its line
    r"|[A-Za-z_][\w.$]*(?:Error|Exception|Exit|Interrupt)\b|(?:[a-z][\w$]*\.)+[A-Z][\w$]*: "
    r"|XRAY TraceId: "  # AWS Lambda
    r"|\[(?:stacktrace|previous exception)\]|#\d+ \S|\"\} ?",  # PHP
    re.ASCII,
)

_STACK = lazy_pattern(
    r"\n(?:Traceback \(most recent call last\)|(?:[A-Za-z][\w$]*\.)+[A-Z][\w$]*"
    r"(?:(?:Exception|Error|Throwable)(?:[:\s]|$)|(?:: [^\n]*)?\n\s+at ))"
)

_BEGINS = lazy_pattern(
    r"(?:\[\w{1,20}\] )?[\[(]?\d{2,4}[-/.]\d\d[-/.]\d\d|\[?\d\d:\d\d:\d\d|[DIWEFA], \[\d{4}-|(?:ts?|time|timestamp|level)="
    r"|REPORT RequestId: |(?:WARNING|ERROR|CRITICAL):[\w.-]{1,100}:",
    re.ASCII,
)


def _by_first() -> dict[str, tuple[ModuleType, ...]]:
    """The members whose texts may begin with a character; under "" those of which it may be any."""
    firsts = {"", *"".join([getattr(member, "FIRST", "") for member in TEXTS])}
    return {
        first: tuple([member for member in TEXTS if not hasattr(member, "FIRST") or (first and first in member.FIRST)])
        for first in firsts
    }


_MEMBERS = _by_first()


def read_text(text: str) -> tuple[str, dict[str, Any]] | None:
    """(name of the format, record) of a text; None where no format knows it."""
    head, stack = without_stack(text)
    for member in _MEMBERS.get(head[:1]) or _MEMBERS[""]:
        record = member.read(head)
        if record is not None and (told := as_json(record | stack)) is not None:
            return member.NAME, told
    return None


def without_stack(text: str) -> tuple[str, dict[str, str]]:
    """(text, field) of a text without the stack trace of Python or Java that stands in its further lines, and with that."""
    found = _STACK.search(text) if "\n" in text else None
    return (text, {}) if found is None else (text[: found.start()], {"stack_trace": text[found.start() :].strip()})


def may_go_on(text: str) -> bool:
    """Whether a line is the beginning of a record, so that further lines can belong to it: it begins with a time, or
    is one that does."""
    return _BEGINS.match(text) is not None


def is_further(text: str) -> bool:
    """Whether a line, without its envelopes, looks like one that goes on with what the line before said: an indented
    line, a frame of a stack."""
    return _FURTHER.match(text) is not None
