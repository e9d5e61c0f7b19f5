"""Texts that stand on several lines and are no JSON: how they begin and end, and what object each is.

BLOCKS is ordered. What a block's `read` gives is read on like a JSON object, by the format that has its marks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from logtrace.ingest.formats import (
    decorated_text,
    dotnet_simple,
    javascript,
    journal_export,
    newrelic_text,
    otel_cpp,
    otel_dotnet,
    otel_java_text,
    otel_python_text,
    otel_ruby,
    otel_text,
    rust_pretty,
    util_logging,
)
from logtrace.ingest.formats.texts import may_go_on, read_text, without_stack
from logtrace.ingest.vocabulary.mend import as_json


def _any(_line: bytes) -> bool:
    return True


class Block(NamedTuple):
    """heads: how the first line begins; later: how others do that stand at the left, too; opens: whether a line that begins so
    is one; goes_on: (line, lines so far) → whether it belongs to the block; most: lines of the longest; read: the whole
    text → an object, None where it is none after all."""

    name: str
    heads: tuple[bytes, ...]
    later: tuple[bytes, ...]
    opens: Callable[[bytes], bool]
    goes_on: Callable[[bytes, int], bool]
    most: int
    read: Callable[[str], dict[str, Any] | None]


BLOCKS: tuple[Block, ...] = (
    Block("otel-dotnet", otel_dotnet.HEADS, otel_dotnet.LATER, _any, otel_dotnet.goes_on, 1_000, otel_dotnet.block),
    Block("dotnet-simple", dotnet_simple.HEADS, (), dotnet_simple.opens, dotnet_simple.goes_on, 1_000, dotnet_simple.block),
    Block("java-util-logging", util_logging.HEADS, (b"INFO: ",), util_logging.opens, util_logging.goes_on, 2, util_logging.block),
    Block("otel-text", otel_text.HEADS, otel_text.LATER, otel_text.opens, otel_text.goes_on, 1_000, otel_text.block),
    Block("rust-pretty", rust_pretty.HEADS, (), rust_pretty.opens, rust_pretty.goes_on, 200, rust_pretty.read),
    Block("journal-export", journal_export.HEADS, journal_export.LATER, _any, journal_export.goes_on, 200, journal_export.block),
    Block("otel-ruby", otel_ruby.HEADS, (), _any, otel_ruby.goes_on, 200, otel_ruby.block),
)

HEADS = tuple(head for block in BLOCKS for head in block.heads)
"""How the first line of a block may begin."""

LINES: tuple[tuple[str, Callable[[str], dict[str, Any] | None]], ...] = (
    ("resource.service.name=", otel_python_text.line),
    (otel_java_text.MARK, otel_java_text.line),
    (util_logging.MARK, util_logging.line),
    ("NR-LINKING|", newrelic_text.line),
    ("dd.trace_id=", decorated_text.line),
    ("dt.trace_id=", decorated_text.line),
)
"""Texts of one line, behind which a stack trace may stand: what each has in it, and what reads it."""


def read_line(text: str) -> dict[str, Any] | None:
    """The object of a text that is of one of LINES; None where it is of none."""
    for mark, _ in LINES:
        if mark in text:
            break
    else:
        return None
    head, stack = without_stack(text)
    found = next((found for mark, read in LINES if mark in head and (found := read(head)) is not None), None)
    return None if found is None else as_json(found | stack)


def known_text(text: str) -> dict[str, Any] | None:
    """The object of a text of one line, and of what goes on with it, of any known format; None where it is of none."""
    found = read_line(text)
    if found is None and (known := read_text(text)) is not None:
        return known[1]
    return found


def read_block(text: str) -> dict[str, Any] | None:
    """The object of a text; None where it is of no known format, or may go on in further lines."""
    found = _read(text)
    return as_json(found) if found is not None else None


def _read(text: str) -> dict[str, Any] | None:
    if not may_go_on(text) and (found := read_line(text)) is not None:
        return found
    if text[:1] == "{":
        return (javascript.literal(text) or otel_cpp.block(text)) if "\n" in text else None
    if (found := rust_pretty.read(text)) is not None:
        return found  # comes without the blanks that it begins with
    raw = text.encode("utf-8", "replace")
    if not raw.startswith(HEADS):
        return None
    for block in BLOCKS:
        if raw.startswith(block.heads) and block.opens(raw.partition(b"\n")[0]):
            return block.read(text)
    return None
