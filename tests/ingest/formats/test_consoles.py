"""Console exporters of OpenTelemetry's SDKs, as they print spans over several lines: the same call of a payment in each of them
(fixtures/formats/consoles)."""

from __future__ import annotations

from pathlib import Path

import pytest

from logtrace.ids import NO_SPAN, span_id_text
from logtrace.ingest.records import Decoder
from logtrace.model import ErrorLevel, Record, Role

FOLDER = Path(__file__).parents[3] / "fixtures" / "formats" / "consoles"
TRACE, PARENT, CHILD = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20", "00f067aa0ba902b7", "b7ad6b7169203331"
START_NS, END_NS = 1_741_944_413_120_500_000, 1_741_944_413_301_250_000
SAID = {
    "rust": ("payments", "server", "i/o timeout"),
    "collector": ("payments", "server", "i/o timeout"),
    "cpp": ("payments", "server", ""),
    "php": ("payments", "server", "boom"),
    "ruby": ("payments", "server", 'i/o "timeout"'),
    "javascript-1": ("payments", "client", "i/o timeout"),
    "go-pretty": ("", "client", "boom"),
    "dotnet-logs": ("payments", "client", "m"),
}
"""File → service, kind, what went wrong."""

LOGS = ("collector", "dotnet-logs", "cpp-logs", "php-logs")
"""Files in which the line of a retry stands."""


def read(name: str) -> list[Record]:
    return [r for _, r, _ in Decoder().lines((FOLDER / f"{name}.txt").read_bytes()) if isinstance(r, Record) and r.trace]


def test_every_console_is_told():
    assert {path.stem for path in FOLDER.iterdir()} == {*SAID, *LOGS}


@pytest.mark.parametrize("name", SAID)
def test_the_call_of_the_payment(name: str):
    service, kind, message = SAID[name]
    call = next(record for record in read(name) if span_id_text(record.span) == CHILD)
    assert (str(call.trace), call.role, call.name, call.kind) == (TRACE, Role.COMPLETE, "charge-card", kind)
    assert span_id_text(call.parent or 0) == PARENT
    assert call.service == service
    assert (call.start_ns, call.end_ns or (call.start_ns or 0) + (call.duration_ns or 0)) == (START_NS, END_NS)
    assert (call.error, call.error_message) == (ErrorLevel.HARD, message)


@pytest.mark.parametrize("name", ["rust", "collector", "cpp", "javascript-1"])
def test_a_root_is_one(name: str):
    root = next(record for record in read(name) if span_id_text(record.span) == PARENT)
    assert root.parent == NO_SPAN
    assert root.error == ErrorLevel.NONE


@pytest.mark.parametrize("name", LOGS)
def test_log_records(name: str):
    (log,) = [record for record in read(name) if record.role == Role.POINT]
    assert (span_id_text(log.span), log.severity, log.body) == (CHILD, 17, "card network timeout, retrying")
    assert log.service == "payments"


def test_links_of_dotnet():
    call = next(record for record in read("dotnet-logs") if record.role == Role.COMPLETE)
    assert [(str(link.trace), span_id_text(link.span)) for link in call.links] == [(f"{'a' * 31}1", PARENT)]


def test_events_and_attributes_are_kept():
    call = next(record for record in read("rust") if span_id_text(record.span) == CHILD)
    told = {attribute.key: attribute.value for attribute in call.attributes}
    assert told["http.method"] == '"POST"'
    assert "retry" in told["events"]


def test_words_that_begin_like_a_block_are_none():
    found = list(Decoder().lines(b"Resource\nSpans\nSpan #x\nplain\n"))
    assert {result for _, result, _ in found} == {"not_json"}
    assert sum(parts for _, _, parts in found) == 4
