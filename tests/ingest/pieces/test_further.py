"""Lines of text that go on, through the decoder: one record, all its lines accounted for."""

from __future__ import annotations

import orjson
import pytest

from logtrace.ingest.pieces.further import MAX_CHARS, goes_on
from logtrace.ingest.records import Decoder
from logtrace.model import Record

HEAD = "2025-11-10T19:36:18.123Z [ERROR] [server] Panic recovered stack=goroutine 1 [running]:"
STACK = ["main.handle(0xc000)", "\t/app/main.go:24 +0x65 trace_id=4bf92f3577b34da6a3ce929d0e0e4736"]
OTHER = '{"msg":"between","trace_id":"1bf92f3577b34da6a3ce929d0e0e4736"}'


def read(*lines: str) -> list[tuple[int, Record | str, int]]:
    return list(Decoder().lines("\n".join(lines).encode()))


def attribute(record: Record | str, key: str) -> object:
    assert isinstance(record, Record), record
    return next(orjson.loads(found.value) for found in record.attributes if found.key == key)


def test_a_stack_belongs_to_the_line_before_and_its_fields_count():
    ((index, record, parts),) = read(HEAD, *STACK)
    assert (index, parts) == (0, 3)
    assert isinstance(record, Record) and str(record.trace) == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert attribute(record, "stack") == "goroutine 1 [running]:\nmain.handle(0xc000)\n\t/app/main.go:24 +0x65"


def test_blank_lines_may_stand_within():
    assert [parts for _, _, parts in read(HEAD, "", *STACK)] == [3]


def test_a_line_of_json_ends_a_text():
    found = read(HEAD, OTHER, *STACK)
    assert [(index, parts) for index, _, parts in found] == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert found[2][1] == "not_json", "what it went on with is not known"


def test_streams_are_told_apart():
    lines = [f"a-1  | {HEAD}", f"b-1  | {OTHER}", *(f"a-1  | {line}" for line in STACK)]
    assert [(index, parts) for index, _, parts in read(*lines)] == [(0, 3), (1, 1)]


def test_the_lines_of_a_long_dump_are_all_counted():
    lines = ["\t/app/x.go:1 " + "y" * 1000] * 1000
    ((_, record, parts),) = read(HEAD, *lines)
    assert parts == 1001
    assert len(str(attribute(record, "stack"))) <= MAX_CHARS + len(HEAD)


def test_where_a_text_must_not_be_parted():
    assert goes_on(STACK[0].encode() + b"\nmore")
    assert goes_on(b"a-1  | \tmain.go:7\n")
    assert not goes_on(HEAD.encode())
    assert not goes_on(OTHER.encode())
    assert not goes_on(b"")


ID = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20"
PYTHON = 'Traceback (most recent call last):\n  File "a.py", line 3, in run\n    1/0\nZeroDivisionError: division by zero'
JAVA = (
    "java.lang.IllegalStateException: no stock\n\tat c.acme.Cart.load(Cart.java:41) ~[classes/:na]\n"
    "Caused by: java.net.SocketTimeoutException: Read timed out\n\t... 12 common frames omitted"
)


OTEL = f"[trace_id={ID} span_id=b7ad6b7169203331 resource.service.name=carts trace_sampled=True]"
DIVISION = ("ZeroDivisionError", "division by zero")


@pytest.mark.parametrize(
    ("head", "stack", "told"),
    [
        (f"2026-11-28 11:02:28,525 ERROR [a.b] [a.py:14] {OTEL} - failed", PYTHON, DIVISION),
        (f"2026-11-28 11:02:28,525 ERROR [a.b] [dd.service=carts dd.trace_id={ID} dd.span_id=7] - failed", PYTHON, DIVISION),
        (f"2026-11-28 11:02:28,525 ERROR failed NR-LINKING|g|h|{ID}|b7ad6b7169203331|carts|", PYTHON, DIVISION),
        (f"2026-11-28T11:02:28Z [error    ] failed   service=carts trace_id={ID}", PYTHON, DIVISION),
        (
            f"2026-11-28T11:02:28.525Z ERROR 1 --- [carts] [main] [{ID}-b7ad6b7169203331] c.acme.Cart : failed",
            f"\n{JAVA}",
            ("java.lang.IllegalStateException", "no stock"),
        ),
    ],
)
def test_a_stack_behind_a_line_of_text_is_its_error(head: str, stack: str, told: tuple[str, str]):
    after = f"2026-11-28 11:02:29 INFO next trace_id={ID}"
    (_, found, parts), (_, _, others) = Decoder().lines(f"{head}\n{stack}\n{after}\n".encode())
    assert (parts, others) == (stack.count("\n") + 2 - stack.startswith("\n"), 1)
    assert (str(found.trace), found.body, (found.error_type, found.error_message)) == (ID, "failed", told)
