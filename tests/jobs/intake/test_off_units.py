"""Durations in another unit than is said: corrected where the lines of spans show it, and told in the account."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson

from logtrace.account import Account
from tests.jobs.stores import take, write

T0_MS = 1_704_897_000_000


def line(number: int, at_ms: float, **more: object) -> str:
    record = {"ts": T0_MS + round(at_ms), "msg": "x", "trace_id": f"{number + 1:032x}", "span_id": f"{number + 1:016x}", **more}
    return orjson.dumps(record).decode()


def lines(count: int, key: str, per_ms: float, first: int = 0, **more: object) -> list[str]:
    """A start line and an end line of each span; the duration is in a unit of which `per_ms` are a millisecond."""
    dice, found = random.Random(first), []
    for number in range(first, first + count):
        took_ms = dice.randint(40, 900)
        found.append(line(number, number * 1000, **more))
        found.append(
            line(number, number * 1000 + took_ms, **more, **{key: took_ms / 1000 if per_ms < 1 else round(took_ms * per_ms)})
        )
    return found


def durations(store: Path) -> list[int]:
    with closing(sqlite3.connect(store)) as db:
        return sorted(ns for (ns,) in db.execute("SELECT duration_ns FROM spans"))


def expected(count: int, first: int = 0) -> list[int]:
    dice = random.Random(first)
    return sorted(dice.randint(40, 900) * 1_000_000 for _ in range(count))


def told(account: Account) -> str:
    (note,) = account.notes
    return note


def test_microseconds_that_were_taken_for_milliseconds(tmp_path: Path):
    store = tmp_path / "s.db"
    account = take(store, write(tmp_path / "a.log", lines(8, "duration", 1e3, service="payments")))
    assert told(account) == "payments: duration is 1,000 times what its lines span; it is read in us (8 spans looked at)"
    assert durations(store) == expected(8)


def test_nanoseconds_under_a_key_that_says_milliseconds(tmp_path: Path):
    store = tmp_path / "s.db"
    account = take(store, write(tmp_path / "a.log", lines(8, "duration_ms", 1e6, service="cache")))
    assert "duration_ms is 1,000,000 times" in told(account)
    assert durations(store) == expected(8)


def test_seconds_that_were_taken_for_milliseconds(tmp_path: Path):
    store = tmp_path / "s.db"
    account = take(store, write(tmp_path / "a.log", lines(8, "duration", 1e-3, service="a")))
    assert "duration is a 1,000th of what its lines span; it is read in s" in told(account)
    assert durations(store) == expected(8)


def test_other_services_and_keys_stay_as_they_are(tmp_path: Path):
    store = tmp_path / "s.db"
    right = lines(8, "duration", 1, first=100, service="bank")
    other = lines(8, "elapsed_ms", 1, first=200, service="payments")
    wrong = lines(8, "duration", 1e3, service="payments")
    take(store, write(tmp_path / "a.log", [*wrong, *right, *other]))
    assert durations(store) == sorted([*expected(8), *expected(8, 100), *expected(8, 200)])


def test_what_is_known_of_a_unit_stays(tmp_path: Path):
    store = tmp_path / "s.db"
    take(store, write(tmp_path / "a.log", lines(8, "duration", 1e3, service="payments")))
    again = take(store, write(tmp_path / "b.log", lines(1, "duration", 1e3, first=50, service="payments")))
    assert again.notes == (), "one span alone would not tell"
    assert durations(store) == sorted([*expected(8), *expected(1, 50)])


def test_a_service_that_only_the_file_names(tmp_path: Path):
    store = tmp_path / "s.db"
    take(store, write(tmp_path / "a.log", lines(8, "duration", 1e3)))
    assert durations(store) == expected(8)
    both = take(tmp_path / "both.db", tmp_path / "a.log", write(tmp_path / "b.log", lines(8, "duration", 1, first=100)))
    assert "a format of your own can say us" in told(both)


def test_long_spans_whose_lines_are_near_their_ends_are_left_alone(tmp_path: Path):
    dice, found = random.Random(1), []
    for number in range(20):
        found.append(line(number, number * 1000, service="s"))
        found.append(line(number, number * 1000 + dice.randint(3, 90), service="s", duration_ms=dice.randint(2_000, 90_000)))
    store = tmp_path / "s.db"
    assert take(store, write(tmp_path / "a.log", found)).notes == ()
    assert max(durations(store)) > 10**10


def test_evidence_may_come_in_several_runs(tmp_path: Path):
    store = tmp_path / "s.db"
    assert take(store, write(tmp_path / "a.log", lines(2, "duration", 1e3, service="a"))).notes == ()
    assert take(store, write(tmp_path / "b.log", lines(2, "duration", 1e3, first=50, service="a"))).notes
    assert durations(store) == sorted([*expected(2), *expected(2, 50)])
