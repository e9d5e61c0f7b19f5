"""What Rust's tracing-subscriber writes for people: the same request in its compact and in its pretty form, bare and wrapped."""

from __future__ import annotations

import pytest

from logtrace.ids import span_id_text
from logtrace.ingest.formats.texts import read_text
from logtrace.ingest.records import Decoder
from logtrace.model import Record, Role

TRACE, ROOT = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20", "00f067aa0ba902b7"
IDS = f'trace_id="{TRACE}" span_id="{ROOT}"'
COMPACT = f"""\
2025-03-14T09:26:53.100Z  INFO request: shop: new {IDS} method=POST
2025-03-14T09:26:53.120500Z  INFO request:charge: shop::pay: new {IDS} method=POST amount=42
2025-03-14T09:26:53.200Z ERROR request:charge: shop::pay: failed error="card, declined" {IDS} method=POST amount=42
2025-03-14T09:26:53.301250Z  INFO request:charge: shop::pay: close time.busy=178ms time.idle=2.75ms {IDS} method=POST amount=42
2025-03-14T09:26:53.350250Z  INFO request: shop: close time.busy=250ms time.idle=250µs {IDS} method=POST
"""
AROUND = f"    in shop::request with {IDS.replace('=', ': ').replace(' span', ', span')}, method: POST\n\n"
CHARGE = "    at src/pay.rs:12 on ThreadId(1)\n    in shop::pay::charge with amount: 42\n" + AROUND
PRETTY = f"""\
  2025-03-14T09:26:53.100Z  INFO shop: new
    at src/main.rs:7
{AROUND}\
  2025-03-14T09:26:53.120500Z  INFO shop::pay: new
{CHARGE}\
  2025-03-14T09:26:53.200Z ERROR shop::pay: failed, error: "card, declined"
{CHARGE}\
  2025-03-14T09:26:53.301250Z  INFO shop::pay: close, time.busy: 178ms, time.idle: 2.75ms
{CHARGE}\
  2025-03-14T09:26:53.350250Z  INFO shop: close, time.busy: 250ms, time.idle: 250µs
    at src/main.rs:7
{AROUND}"""


def read(text: str) -> list[Record]:
    found = [result for _, result, _ in Decoder().lines(text.encode())]
    assert all(isinstance(record, Record) for record in found), found
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("wrap", ["", "shop-1  | "])
@pytest.mark.parametrize("text", [COMPACT, PRETTY], ids=["compact", "pretty"])
def test_the_life_of_spans(text: str, wrap: str):
    records = read("".join(f"{wrap}{line}\n" for line in text.splitlines()))
    assert {str(record.trace) for record in records} == {TRACE}
    assert [(record.name, record.role, record.body) for record in records] == [
        ("request", Role.START, "new"), ("charge", Role.START, "new"), ("charge", Role.POINT, "failed"),
        ("charge", Role.END, "close"), ("request", Role.END, "close"),
    ]  # fmt: skip
    first, begun, failed, ended, last = records
    assert span_id_text(first.span) == span_id_text(last.span) == ROOT
    assert {begun.span, failed.span, ended.span}.isdisjoint({first.span})
    assert len({begun.span, failed.span, ended.span}) == 1
    assert {span_id_text(record.parent or 0) for record in (begun, failed, ended)} == {ROOT}
    assert (ended.duration_ns, last.duration_ns) == (180_750_000, 250_250_000)
    assert (failed.severity, failed.error_message) == (17, "card, declined")


def test_ids_of_compact_lines_are_of_the_outermost_spans_first():
    (own,) = read(f'2025-03-14T09:26:53.2Z  INFO request:charge: shop: done {IDS} span_id="b7ad6b7169203331"\n')
    assert (span_id_text(own.span), span_id_text(own.parent or 0)) == ("b7ad6b7169203331", ROOT)


@pytest.mark.parametrize(
    "line",
    ["2025-03-14T09:26:53.2Z  INFO hyper: connecting: to the card network", f"2025-03-14T09:26:53.2Z  INFO shop: done {IDS}"],
)
def test_lines_without_spans_are_none_of_them(line: str):
    assert (read_text(line) or ("",))[0] != "rust_compact"


def test_a_pretty_line_in_no_span():
    (record,) = read("  2025-03-14T09:26:53.2Z  WARN shop: starting, port: 8080\n    at src/main.rs:3\n\n")
    assert (record.body, record.severity, record.trace) == ("starting", 13, None)
