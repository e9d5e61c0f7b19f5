"""Doubts: what is wrong with lines that are used all the same stands in the account, with its place."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from logtrace.account import Account
from tests.jobs.stores import take, write

DOUBTED = "1 span ends before it starts, lasts more than a day or has a duration that is none"
TRACE, T = "4bf92f3577b34da6a3ce929d0e0e4736", "2024-01-10T14:30:05Z"


def account(folder: Path, *records: dict[str, object]) -> Account:
    return take(folder / "s.db", write(folder / "edge.log", [orjson.dumps(record).decode() for record in records]))


def line(**more: object) -> dict[str, object]:
    return {"trace_id": TRACE, "span_id": "a3ce929d0e0e4736", **more}


@pytest.mark.parametrize(
    ("record", "note"),
    [
        (line(msg="x", timestamp="8304-01-01T00:00:00Z"), "1 line has no time that can be read"),
        (line(msg="x", timestamp="2024-02-30T00:00:00Z"), "1 line has no time that can be read"),
        (line(start_time=T, end_time="2024-01-10T14:30:01Z"), DOUBTED),
        (line(timestamp=T, duration_ms=-5), DOUBTED),
        *(
            (
                line(timestamp=T, **{key: value}),
                "1 span ends before it starts, lasts more than a day or has a duration that is none",
            )
            for key in ("duration_ms", "duration")
            for value in (1e300, 9 * 10**18, 9e18, "NaN", "abc", "1e300s")
        ),
        (line(start_time=T, end_time="2024-01-10T14:30:06Z", duration_ms=17), "1 span has a duration that disagrees"),
    ],
)
def test_a_doubtful_line_is_told_with_its_place(tmp_path: Path, record: dict[str, object], note: str):
    told = account(tmp_path, line(timestamp=T, msg="good"), {**record, "span_id": "b7ad6b7169203331"})
    assert told.lines_used == 2
    (found,) = told.notes
    assert found.startswith(note)
    assert found.endswith(f"({tmp_path / 'edge.log'}:2)")


@pytest.mark.parametrize("text", ["ab12" * 12, "abc", "a1b2c"])
def test_a_trace_id_of_no_usual_length(tmp_path: Path, text: str):
    told = account(tmp_path, {"trace_id": text, "timestamp": T, "msg": "x"}, {"trace_id": "req-7", "timestamp": T})
    assert told.notes == ("1 trace id has no usual length; it is kept as it is",)


@pytest.mark.parametrize("text", ["ab12" * 5, "ab12" * 4 + "c"])
def test_a_span_id_of_no_usual_length(tmp_path: Path, text: str):
    told = account(tmp_path, line(span_id=text, timestamp=T, duration_ms=5), line(span_id=text, timestamp=T, msg="x"))
    assert told.notes == ("1 span id has no usual length; it is kept as it is",)


@pytest.mark.parametrize(
    "text",
    ["req-7", "1234567890", "123", "a1b2c3d4", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "65a1f0c2e4b0a1b2c3d4e5f6",
     "4bf92f3577b34da6a3ce929d0e0e4736", "Zm9vYmFyYmF6cXV4", "340282366920938463463374607431768211455"],
)  # fmt: skip
def test_ids_of_other_systems_are_no_doubt(tmp_path: Path, text: str):
    """Among them a request number, a short random id, a UUID of a time, one of MongoDB's."""
    assert account(tmp_path, line(trace_id=text, span_id=text, timestamp=T, duration_ms=5)).notes == ()


def test_a_trace_id_without_its_first_zero_is_no_doubt(tmp_path: Path):
    assert account(tmp_path, line(trace_id=TRACE[:31], timestamp=T, msg="as Jaeger writes it")).notes == ()


@pytest.mark.parametrize(
    "record",
    [
        line(timestamp=T, duration_ms=5),
        line(timestamp=T, duration_ms="n/a"),
        line(timestamp=T, duration_ms=None),
        line(start_time=T, end_time="2024-01-10T14:30:06Z", duration_ms=1000),
        line(start_time=T, duration_ms=5, msg="a span whose line has no time of its own"),
    ],
)
def test_nothing_is_said_of_what_is_right(tmp_path: Path, record: dict[str, object]):
    assert account(tmp_path, record).notes == ()


def test_a_duration_that_is_none_does_not_spoil_a_good_one(tmp_path: Path):
    told = account(tmp_path, line(timestamp=T, duration_ms="forever", msg="x"), line(timestamp=T, duration_ms=5))
    assert told.notes == ()


@pytest.mark.parametrize("value", [1e300, 9e18, "NaN", "abc"])
def test_one_among_many_lines_that_are_read_together(tmp_path: Path, value: object):
    spans = [line(timestamp=T, operation="a", duration_ms=5.5, span_id=f"{n:016x}") for n in range(1, 300)]
    spans[170]["duration_ms"] = value
    (found,) = account(tmp_path, *spans).notes
    assert found.endswith("edge.log:171)")
