"""Rust's tracing-subscriber in its pretty form, which stands on several lines: where the line was written, and the spans around
it, from its own to the outermost.

  2025-03-14T09:26:53.301250Z  INFO pay: close, time.busy: 178ms, time.idle: 2.75ms
    at src/pay.rs:12 on ThreadId(1)
    in pay::charge with span_id: "b7ad…"
    in pay::request with trace_id: "67d3…", span_id: "00f0…"

"""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats.rust_tracing import in_spans
from logtrace.ingest.vocabulary.pairs import scalar, unquoted
from logtrace.patterns import lazy_pattern

HEADS = (b"  2",)
_HEAD = lazy_pattern(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) {1,2}(?P<level>TRACE|DEBUG|INFO|WARN|ERROR) "
    r"(?:(?P<target>[A-Za-z_]\w{0,100}(?:::\w{1,100}){0,20}): )?(?P<said>.*)",
)
_FURTHER = (b"    at ", b"    in ")
_AROUND = lazy_pattern(r"\s*in (?P<name>.*?)(?: with (?P<fields>.*))?")
_PAIR = lazy_pattern(r", ([\w.@-]{1,100}): (\"(?:[^\"\\]|\\.)*\"(?=, |$)|(?:(?!, [\w.@-]{1,100}: ).)*)")


def opens(line: bytes) -> bool:
    """Whether a line is the first of a record: time and level, behind two spaces."""
    return _HEAD.fullmatch(line.strip().decode("utf-8", "replace")) is not None


def goes_on(line: bytes, _count: int) -> bool:
    """Whether a line tells of a place or a span."""
    return line.startswith(_FURTHER)


def read(text: str) -> dict[str, Any] | None:
    """The record that the JSON of the same library would be; None where a text stands on one line, or its first is not such."""
    first, *rest = text.split("\n")
    head = _HEAD.fullmatch(first) if rest and rest[0].startswith(("    at ", "    in ")) else None
    if head is None:
        return None
    message, fields = _parted(head["said"])
    around = [found for line in rest if (found := _AROUND.fullmatch(line.rstrip()))]
    spans = [{**_parted(f", {span['fields'] or ''}")[1], "name": span["name"].rpartition("::")[2]} for span in around]
    return in_spans(head["time"], head["level"], head["target"], message, fields, spans[::-1])


def _parted(text: str) -> tuple[str, dict[str, Any]]:
    """(message, fields) of `message, key: value, key: "value"`."""
    first = _PAIR.search(text)
    if first is None:
        return text, {}
    return text[: first.start()], {key: _value(value) for key, value in _PAIR.findall(text)}


def _value(text: str) -> Any:
    return unquoted(text[1:-1]) if len(text) > 1 and text[0] == text[-1] == '"' else scalar(text)
