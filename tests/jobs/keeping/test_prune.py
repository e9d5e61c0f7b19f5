"""What must stay stays, what may go goes, with its lines; the file gets smaller; what stays is what it was."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logtrace import api, config
from logtrace.analysis.preservation import Policy, Rule
from logtrace.errors import ConfigError, StoreError
from logtrace.jobs.keeping.policy import policy_of
from logtrace.sections import ALWAYS_KEPT, Preservation
from logtrace.store.file.database import writing
from logtrace.store.upkeep.preserve import note_readings
from logtrace.store.writing.writer import Writer
from logtrace.units import NS
from tests.builders import T0
from tests.cli.conftest import call  # noqa: F401 - a fixture
from tests.jobs.stores import append, instant, take, views, write
from tests.strategies import examples

DAY = NS["d"]
GUIDE = """
[[preservation_rules]]
name = "errors"
condition = "error = true"
ttl = "30d"

[[preservation_rules]]
name = "slow_requests"
condition = "duration > 5000"
ttl = "7d"

[[preservation_rules]]
name = "high_cost"
condition = "cost.total > 10.0"
ttl = "90d"

[[preservation_rules]]
name = "vip_users"
condition = "user.tier = 'enterprise'"
ttl = "30d"
"""
RULES = (
    Rule("errors", "error = true", 30 * DAY),
    Rule("slow", "duration > 5000", 7 * DAY),
    Rule("vip", "tier = 'gold'", 60 * DAY),
)


class Made(NamedTuple):
    """A request of a test: when it ended, in days from T0, and what rules ask about. batch: which ingest reads it."""

    number: int
    day: float
    error: bool
    slow: bool
    gold: bool
    batch: int

    @property
    def trace_id(self) -> str:
        return f"{random.Random(self.number).getrandbits(128):032x}"

    def lines(self) -> list[str]:
        seconds = 6 if self.slow else 1
        more = {"tier": "gold"} if self.gold else {}
        end = {"error": "no room", "level": "error"} if self.error else {"level": "info"}
        common = {"trace_id": self.trace_id, "service": "edge", "secret_of": f"only-{self.number}"}
        at = self.day * 86_400_000 - seconds * 1000
        root, child, end_at = f"a{self.number:015x}", f"b{self.number:015x}", at + seconds * 1000
        whole = {**common, "span_id": root, "operation": "POST /x"}
        work = {**common, "span_id": child, "parent_span_id": root, "operation": "Work", "duration_ms": 3}
        lines = (
            {**whole, "timestamp": instant(at), "event": "span_start", **more},
            {**work, "timestamp": instant(at + 5), **end},
            {**whole, "timestamp": instant(end_at), "event": "span_end", "duration_ms": seconds * 1000},
        )
        return [orjson.dumps(line).decode() for line in lines]


def at_day(day: float) -> int:
    return T0 + round(day * DAY)


def read(store: Path, requests: list[Made], batch: int, day: float) -> None:
    """Ingests the requests of a batch, on a day."""
    mixed = [line for made in requests if made.batch == batch for line in made.lines()]
    loose = orjson.dumps({"timestamp": instant(day * 86_400_000), "msg": f"loose {batch}", "service": "edge"}).decode()
    random.Random(batch).shuffle(mixed)
    take(store, write(store.parent / f"edge-{batch}.log", [*mixed, loose, "no JSON " + str(batch)]))
    with closing(Writer(store)) as writer:
        writer.begin()
        note_readings(writer, at_day(day))
        writer.commit()


def expected(made: Made, policy: Policy, read_day: float, now_day: float) -> bool:
    """Whether a request has to be there: said in another way than the program says it."""
    since = max(made.day, read_day)
    days = [30 for _ in [1] if made.error] + [7 for _ in [1] if made.slow] + [60 for _ in [1] if made.gold]
    days = days if policy.rules else []
    if policy.default_ns is not None:
        days.append(policy.default_ns // DAY)
    return not days or now_day < since + max(days)


REQUESTS = st.lists(
    st.tuples(st.floats(0, 100).map(lambda day: round(day, 2)), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 1)),
    min_size=1, max_size=12,
)  # fmt: skip


@pytest.mark.slow
@given(
    REQUESTS, st.sampled_from([(), RULES]), st.sampled_from([None, 3 * DAY, 20 * DAY]), st.floats(0, 100), st.floats(0, 60),
    st.floats(0, 200),
)  # fmt: skip
@settings(max_examples=examples(25))
def test_what_must_stay_stays_and_what_may_go_goes(requests, rules, others_ns, first, later, now) -> None:
    made = [Made(number, *values) for number, values in enumerate(requests)]
    policy, days = Policy(rules, others_ns), (round(first, 2), round(first + later, 2))
    with TemporaryDirectory() as folder:
        store = Path(folder) / "s.db"
        for batch, day in enumerate(days):
            read(store, made, batch, day)
        before = views(store)
        dry = api.prune(store, policy=policy, dry_run=True, now_ns=at_day(now))
        assert views(store) == before
        done = api.prune(store, policy=policy, now_ns=at_day(now))
        assert (dry.kept, dry.dropped) == (done.kept, done.dropped)
        stays = {each.trace_id for each in made if expected(each, policy, days[each.batch], now)}
        after = views(store)
        for name, rows in before.items():
            assert after[name] == [row for row in rows if row[0] in stays], name
        with api.open(store) as opened:
            assert {line.trace_id for line in opened.grep("secret_of", literal=True)} == stays
            for each in made:
                found = list(opened.grep(f'"only-{each.number}"', literal=True))
                assert len(found) == (3 if each.trace_id in stays else 0)
                log = (store.parent / f"edge-{each.batch}.log").read_text().splitlines()
                assert all(log[line.line - 1] == line.text for line in found)
            wanted = {each.trace_id for each in made if each.gold and each.trace_id in stays}
            assert {hit.summary.trace_id for hit in opened.search("tier = 'gold'", limit=100).hits} == wanted


@pytest.mark.slow
def test_the_file_gets_smaller_and_lines_of_the_gone_are_nowhere(tmp_path: Path) -> None:
    made = [Made(number, number % 20, number % 50 == 0, False, False, 0) for number in range(2000)]
    store = tmp_path / "s.db"
    read(store, made, 0, 20)
    size = store.stat().st_size
    done = api.prune(store, policy=Policy(RULES), now_ns=at_day(45))
    assert sum(kept.traces for kept in done.kept) == 40 and done.dropped[0].traces == 1960
    assert done.bytes_before >= size and done.bytes_after == store.stat().st_size < size / 4
    assert made[1].trace_id.encode() not in store.read_bytes()
    status = api.open(store).status()
    assert status.traces == 40 and status.lines_read == 6002 and "1,960 traces gone" in status.notes[-1]
    take(store, store.parent / "edge-0.log")  # what was read is not read again
    assert api.open(store).status().traces == 40


def test_later_lines_extend_and_never_shorten(tmp_path: Path) -> None:
    store, made = tmp_path / "s.db", Made(0, 1, False, True, False, 0)
    unless = Policy((Rule("fine", "not any.error = true", 90 * DAY),), 2 * DAY)
    read(store, [made], 0, 1)
    api.prune(store, policy=unless, now_ns=at_day(2))
    late = orjson.loads(made.lines()[1]) | {"span_id": "c1", "error": "late", "level": "error"}
    take(store, write(tmp_path / "late.log", [orjson.dumps(late).decode()]))
    with closing(Writer(store)) as writer:
        writer.begin()
        note_readings(writer, at_day(3))
        writer.commit()
    assert api.prune(store, policy=unless, now_ns=at_day(80)).kept[0].rule == "fine"
    assert api.prune(store, policy=unless, now_ns=at_day(80), reevaluate=True, dry_run=True).dropped[0].traces == 1
    assert api.prune(store, policy=unless, now_ns=at_day(92)).dropped[0].traces == 1


def test_pins_stay_until_they_are_taken_away(tmp_path: Path, call: Callable) -> None:  # noqa: F811
    store, made = tmp_path / "s.db", [Made(number, 1, False, False, False, 0) for number in range(3)]
    read(store, made, 0, 1)
    assert made[0].trace_id in call("pin", made[0].trace_id, "the", "incident", "--store", store).out
    assert "the incident" in call("pin", "--store", store).out
    api.prune(store, policy=Policy((), DAY), now_ns=at_day(50))
    assert [row.trace_id for row in api.open(store).traces()] == [made[0].trace_id]
    assert "not pinned any more" in call("unpin", made[0].trace_id[:8], "--store", store).out
    call("unpin", made[0].trace_id, "--store", store, code=5)
    api.prune(store, policy=Policy((), DAY), now_ns=at_day(50))
    assert api.open(store).traces() == []


@pytest.mark.slow
def test_a_store_stays_within_its_size(tmp_path: Path) -> None:
    made = [Made(number, number % 20, number % 4 == 0, False, False, 0) for number in range(3000)]
    store = tmp_path / "s.db"
    read(store, made, 0, 20)
    size = store.stat().st_size
    done = api.prune(store, policy=Policy(RULES, 100 * DAY, max_bytes=size // 2), now_ns=at_day(20))
    assert store.stat().st_size <= size // 2 and not any("max_size" in note for note in done.notes)
    assert [dropped.why for dropped in done.dropped] == ["size"]
    left = api.open(store).search("error", limit=5000).hits
    assert len(left) == 750  # what no rule keeps goes first
    assert api.prune(store, policy=Policy((), None, max_bytes=1), now_ns=at_day(20)).notes


def test_what_is_left_of_a_store_that_is_too_large_is_told_as_it_is(tmp_path: Path) -> None:
    """A trace that a rule keeps was left, and the note said that only pinned ones are."""
    store = tmp_path / "s.db"
    read(store, [Made(number, 1, True, False, False, 0) for number in range(400)], 0, 1)
    policy = Policy(RULES, 100 * DAY, max_bytes=store.stat().st_size // 3)
    done = api.prune(store, policy=policy, now_ns=at_day(2))
    assert sum(kept.traces for kept in done.kept) > 0 and "the next prune goes on" in done.notes[-1]
    while done.kept:
        done = api.prune(store, policy=policy, now_ns=at_day(2))
    assert "only pinned traces" in done.notes[-1]


@pytest.mark.parametrize("size", ["100", "100kB"])
def test_a_size_that_would_cost_everything_is_no_cap(size: str) -> None:
    """The unit was forgotten: all traces went."""
    assert "write 500MB or 10GB" in (Preservation(max_size=size).trouble() or ("", ""))[1]


def test_nothing_goes_without_a_rule_nor_while_somebody_writes(tmp_path: Path, call: Callable) -> None:  # noqa: F811
    store = tmp_path / "s.db"
    read(store, [Made(0, 1, False, False, False, 0)], 0, 1)
    told = call("prune", "--store", store)
    assert "no rule" in told.out and "logtrace help preservation" in told.err
    assert api.open(store).status().traces == 1
    with writing(store), pytest.raises(StoreError, match="is being written"):
        api.prune(store, policy=Policy((), DAY))
    with pytest.raises(ConfigError, match="'bad'"):
        api.prune(store, policy=Policy((Rule("bad", "duration >", DAY),)))


def test_the_rules_of_the_guide_are_read_as_they_are(tmp_path: Path, call: Callable, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    (tmp_path / "logtrace.toml").write_text(GUIDE)
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "s.db"
    today = (time.time_ns() - T0) / DAY
    made = [
        Made(0, today - 20, True, False, False, 0),
        Made(1, today - 20, False, True, False, 0),
        Made(2, today - 3, False, True, False, 0),
    ]
    read(store, made, 0, today - 20)
    told = orjson.loads(call("prune", "--dry-run", "--store", store, "--json").out)
    assert {(kept["rule"], kept["traces"]) for kept in told["kept"]} == {("errors", 1), ("slow_requests", 1)}
    assert told["dropped"] == [{"why": "expired", "traces": 1, "spans": 2, "lines": 3}]
    assert "would go" in call("prune", "--dry-run", "--store", store).out
    assert "gone" in call("prune", "--store", store).out
    (tmp_path / "logtrace.toml").write_text(GUIDE.replace('"7d"', '"soon"'))
    assert "'soon' is no time" in call("prune", "--store", store, code=2).err


def test_a_clock_that_goes_backwards_lets_nothing_go(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    read(store, [Made(0, 50, False, False, False, 0)], 0, 50)
    assert not api.prune(store, policy=Policy((), DAY), now_ns=at_day(10)).dropped


def test_names_that_nobody_has_any_more_are_forgotten(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    read(store, [Made(0, 1, False, False, True, 0), Made(1, 30, False, False, False, 0)], 0, 1)
    api.prune(store, policy=Policy((), 5 * DAY), now_ns=at_day(31))
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT count(*) FROM attribute WHERE value = '\"gold\"'").fetchone() == (0,)
    with api.open(store) as opened:
        assert opened.trace(Made(1, 30, False, False, False, 0).trace_id).spans[0].attributes["secret_of"] == "only-1"


def test_following_lets_go_by_itself(tmp_path: Path) -> None:
    store, stop = tmp_path / "s.db", threading.Event()
    log = write(tmp_path / "edge-0.log", [line for n in range(3) for line in Made(n, n, n == 2, False, False, 0).lines()])
    stop.set()
    api.follow([str(log)], stop, store, policy=Policy(RULES, DAY))
    assert api.open(store).status().traces == 3  # all of it was read just now
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE read_by SET read_ns = ?", (time.time_ns() - 5 * DAY,))
        connection.commit()
    append(log, Made(9, (time.time_ns() - T0) / DAY, False, False, False, 0).lines())
    api.follow([str(log)], stop, store, policy=Policy(RULES, DAY))
    assert {row.trace_id for row in api.open(store).traces()} == {Made(n, 0, False, False, False, 0).trace_id for n in (2, 9)}


@pytest.mark.slow
def test_a_sample_keeps_all_that_matters_and_says_what_it_stands_for(tmp_path: Path) -> None:
    made = [Made(number, number % 20, number % 40 == 0, number % 50 == 1, False, 0) for number in range(3000)]
    store, again = tmp_path / "s.db", tmp_path / "again" / "s.db"
    again.parent.mkdir()
    policy = Policy(share=0.1, always=("error = true", "duration > 1500"))
    for path in (store, again):
        read(path, made, 0, 20)
        assert not api.prune(path, policy=policy, now_ns=at_day(20)).dropped  # they are not quiet yet
        api.prune(path, policy=policy, now_ns=at_day(21))
    left = {row.trace_id for row in api.open(store).traces(limit=None)}
    assert left == {row.trace_id for row in api.open(again).traces(limit=None)}
    must = {each.trace_id for each in made if each.error or each.slow}
    assert must <= left and 200 < len(left - must) < 380
    with api.open(store) as opened:
        found = opened.estimate("error = false and operation = 'Work'")
        truth = sum(not each.error for each in made)
        assert found.traces.low <= truth <= found.traces.high and not found.traces.exact
        assert found.left_out == 3000 - len(left)
        assert opened.estimate("any.error = true").traces.value == sum(each.error for each in made)
        assert "this store is a sample" in opened.status().notes[-1]
    assert not api.prune(store, policy=policy, now_ns=at_day(400)).dropped
    shown_by_all_of_them(store, made)


def shown_by_all_of_them(store: Path, made: list[Made]) -> None:
    """Whoever counts says that it counts a sample; statistics count what there was."""
    with api.open(store) as opened:
        stats = opened.stats(since_ns=T0 - DAY)
        (work,) = [each for each in stats.operations if each.operation == "Work"]
        assert work.estimated is not None and work.spans < 600
        assert work.estimated.low <= len(made) <= work.estimated.high
        assert work.estimated.spans == pytest.approx(len(made), rel=0.15)
        assert work.error_rate == pytest.approx(sum(each.error for each in made) / len(made), rel=0.2)
        assert work.errors / work.spans > 0.1  # of what is kept very many failed
        assert work.trend is None and stats.before_ns is None
        assert any("estimate" in note for note in stats.notes)
        for others in (opened.heatmap().notes, opened.errors().notes, opened.bottlenecks().notes, opened.series().notes):
            assert any("this store is a sample" in note for note in others)
        assert "this store is a sample" in opened.sampled()


def in_steps(number: int, steps: list[float], read_ms: float) -> list[str]:
    """A request without a root: one span after another, each so many seconds long, and the whole as long as all of them."""
    lines, at = [], read_ms - sum(steps) * 1000
    for step, seconds in enumerate(steps):
        at += seconds * 1000
        fields = {
            "trace_id": f"{number + 1:032x}",
            "span_id": f"{number:08x}{step:08x}",
            "service": "edge",
            "operation": f"Step{step}",
        }
        lines.append(orjson.dumps({**fields, "timestamp": instant(at), "level": "info", "duration_ms": seconds * 1000}).decode())
    return lines


def test_a_request_is_slow_where_its_spans_are_so_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logtrace.toml").write_text('[preservation]\nsample = "0%"\n')
    monkeypatch.chdir(tmp_path)
    store, read_ms = tmp_path / "s.db", 86_400_000
    lines = [line for number, steps in enumerate(([0.4, 0.3, 0.5], [0.3, 0.2])) for line in in_steps(number, steps, read_ms)]
    take(store, write(tmp_path / "edge.log", lines))
    with closing(Writer(store)) as writer:
        writer.begin()
        note_readings(writer, at_day(1))
        writer.commit()
    done = api.prune(store, policy=policy_of(config.load()), now_ns=at_day(2))
    assert [(kept.rule, kept.traces) for kept in done.kept] == [("always", 1)] and done.dropped[0].traces == 1
    (left,) = api.open(store).traces()
    assert left.duration_ns == 1_200_000_000 and left.trace_id == f"{1:032x}"


def test_who_keeps_what_is_told_before_a_sample_is_judged_and_after(tmp_path: Path) -> None:
    made = [Made(number, 1, number < 2, False, number == 2, 0) for number in range(60)]
    store = tmp_path / "s.db"
    read(store, made, 0, 1)
    policy = Policy((Rule("vip", "tier = 'gold'", 30 * DAY),), share=0.2, always=("error = true",))

    def told(days: float) -> dict[str, int]:
        found = api.prune(store, policy=policy, dry_run=True, now_ns=at_day(days))
        return {kept.rule: kept.traces for kept in found.kept}

    assert told(1 + 1 / 1440) == {"always": 2, "vip": 1, "not judged yet": 57}
    judged = told(1.1)
    assert set(judged) == {"always", "vip", "sample"} and (judged["always"], judged["vip"]) == (2, 1) and judged["sample"] < 30


def test_until_when_a_trace_is_kept_counts_from_when_it_was_read(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    read(store, [Made(0, 1, True, False, False, 0), Made(1, 9, True, False, False, 0)], 0, 5)
    (kept,) = api.prune(store, policy=Policy(RULES), dry_run=True, now_ns=at_day(6)).kept
    assert (kept.first_ns, kept.last_ns) == (at_day(35), at_day(39))


def test_rules_about_names_that_nothing_has_are_told(tmp_path: Path, call: Callable, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "s.db"
    read(store, [Made(0, 1, True, False, True, 0)], 0, 1)
    policy = Policy(
        (Rule("vip", "teir = 'gold'", DAY), Rule("work", "operation = 'Wrok'", DAY), Rule("all", "tier = 'tin'", DAY)), DAY
    )
    notes = api.prune(store, policy=policy, dry_run=True).notes
    assert len(notes) == 2  # there are tiers, but none of tin
    assert "rule 'vip' matched nothing: no span has an attribute 'teir'; near it: tier" in notes[0]
    assert "'work' matched nothing: there is no operation 'Wrok'; near it: Work" in notes[1]
    (tmp_path / "logtrace.toml").write_text(GUIDE)
    assert "'high_cost' matched nothing" in " ".join(call("prune", "--dry-run", "--store", store).out.split())
    assert not api.prune(store, policy=Policy(share=0.5, always=ALWAYS_KEPT), dry_run=True).notes


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (GUIDE + GUIDE[GUIDE.index("[[") :], "preservation_rules.name: 'errors' is the name of two rules"),
        (GUIDE.replace('"errors"', '"sample"'), "'sample' says what keeps a trace that no rule does"),
        (
            '[[checks]]\nname = "a"\nexpect = "errors = 0"\n\n[[checks]]\nname = "a"\nexpect = "spans > 1"\n',
            "checks.name: 'a' is",
        ),
    ],
)
def test_rules_have_names_of_their_own(
    tmp_path: Path,
    call: Callable,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    why: str,
) -> None:
    (tmp_path / "logtrace.toml").write_text(table)
    monkeypatch.chdir(tmp_path)
    assert why in call("prune", "--store", tmp_path / "s.db", code=2).err


def test_no_sample_is_no_estimate(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    read(store, [Made(0, 1, False, False, True, 0)], 0, 1)
    with api.open(store) as opened:
        assert {each.estimated for each in opened.stats().operations} == {None}
        assert (opened.stats().notes, opened.errors().notes, opened.sampled()) == ((), (), "")
