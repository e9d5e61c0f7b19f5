"""Every check finds its bad log and nothing else in it; good logs are silent; names of services and operations do not matter."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextvars import copy_context
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from logtrace import api, config
from logtrace.analysis import checks
from logtrace.analysis.checks import CHECKS
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import NOTE
from logtrace.model import Link
from tests.builders import T0, span, trace
from tests.cli.conftest import call  # noqa: F401 - a fixture
from tests.jobs.stores import write

FIXTURES = Path(__file__).parent.parent.parent.parent / "fixtures"
NAMES = [check.name for check in CHECKS]
BESIDE = {"many-spans": {"many-names"}}
"""What else is wrong with a bad log: ProcessItem_7 is a name with a number."""

RENAMED = {
    "orders.": "shop.", "billing": "payments", "edge-mcp": "gateway", "worker": "mailer", "CreateOrder": "PlaceOrder",
    "FindCustomer": "LoadBuyer", "ProcessItem": "HandleRow", "/users/": "/accounts/", "SendConfirmation": "MailReceipt",
    '"query"': '"execute"', '"step1"': '"phase2"', '"process"': '"run"', "ada@example.com": "joan@corp.example",
}  # fmt: skip


def found(path: Path) -> set[str]:
    return copy_context().run(_found, path)  # what config.use names is forgotten afterwards


def _found(path: Path) -> set[str]:
    if (rules := path.with_suffix(".toml")).exists():
        config.use(str(rules))
    with api.open_files([str(path)]) as store:
        report = store.lint()
    for outcome in report.outcomes:
        for finding in outcome.findings:
            assert outcome.why and outcome.mend and finding.places, (outcome.rule, finding)
    return {outcome.rule for outcome in report.outcomes if outcome.findings}


def test_every_check_is_in_the_table_and_has_its_pair_of_logs():
    modules = [name for _, name, _ in iter_modules(checks.__path__) if not name.startswith("_")]
    assert sorted(import_module(f"logtrace.analysis.checks.{name}").CHECK.name for name in modules) == sorted(NAMES)
    assert sorted(path.name for path in (FIXTURES / "lint").iterdir() if path.is_dir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_log_is_found_and_a_good_one_is_silent(name: str):
    assert found(FIXTURES / "lint" / name / "bad.log") == {name} | BESIDE.get(name, set())
    assert found(FIXTURES / "lint" / name / "good.log") == set()


@pytest.mark.parametrize("name", NAMES)
def test_so_it_is_under_other_names(name: str, tmp_path: Path):
    for kind, expected in (("bad", {name} | BESIDE.get(name, set())), ("good", set())):
        text = (FIXTURES / "lint" / name / f"{kind}.log").read_text(encoding="utf-8")
        for before, after in RENAMED.items():
            text = text.replace(before, after)
        if (rules := FIXTURES / "lint" / name / f"{kind}.toml").exists():
            shutil.copy(rules, tmp_path / "svc.toml")
        assert found(write(tmp_path / "svc.log", text.splitlines())) == expected, kind


def test_which_of_two_clocks_is_wrong_is_not_known():
    with api.open_files([str(FIXTURES / "lint" / "clock-skew" / "bad.log")]) as store:
        (outcome,) = store.lint(only=["clock-skew"]).outcomes
    assert "its clock and others differ by up to " in outcome.findings[0].message


@pytest.mark.parametrize("story", ["anatomy", "slow-create-task", "lost-websocket-message", "growing-context"])
def test_stories_of_good_loggers_are_silent_but_for_notes(story: str):
    with api.open_files([str(FIXTURES / story / "logs")]) as store:
        report = store.lint()
    assert [o.rule for o in report.outcomes if o.findings and o.level != NOTE] == []


def watched(name: str, *traces) -> list[str]:
    check = next(check for check in CHECKS if check.name == name)
    watcher = check.watch()
    for each in traces:
        watcher.see(each)
    return [finding.message for finding in watcher.findings(Kept())]


def test_following_by_chance_is_no_lost_context():
    """Requests as dense as these follow one another all the time."""
    dense = [trace(span("A" if n % 2 else "B", at=n * 50)) for n in range(40)]
    sparse = [trace(span("A" if n % 2 else "B", at=n // 2 * 5_000 + n % 2 * 50)) for n in range(40)]
    assert watched("context-lost", *dense) == []
    assert len(watched("context-lost", *sparse)) == 1
    linked = [trace(span("A", at=n * 5_000 + 50, links=[Link(None, 0)])) for n in range(20)]  # type: ignore[arg-type]
    assert watched("context-lost", *[each for each in sparse if each.spans[0].name == "B"], *linked) == []
    assert T0 > 0


def test_a_few_like_calls_are_no_loop():
    def calls(many: int):
        root = span("Root", ms=1000)
        return trace(root, *(span(f"Item {n}", parent=root, at=n, ms=1) for n in range(many)))

    assert watched("many-spans", calls(20)) == []
    assert "21 calls of Item <n>" in watched("many-spans", calls(21))[0]


def test_the_verb_tells_why_and_how_and_ends_with_10(call: Callable):  # noqa: F811
    bad = FIXTURES / "lint" / "generic-names" / "bad.log"
    told = call("lint", bad, code=10).out
    assert "generic-names" in told and "why:" in told and "FindUserByEmail" in told and f"{bad}:" in told
    assert call("lint", bad, "--without", "generic-names").out.startswith("✓")
    assert json.loads(call("lint", bad, "--only", "secrets", "--json").out)["failed"] is False
    assert "known: context-lost" in call("lint", bad, "--only", "nope", code=2).err
    note = FIXTURES / "lint" / "partial-traces" / "bad.log"
    call("lint", note)
    call("lint", note, "--strict", code=10)


def test_secrets_are_named_by_key_and_never_shown(call: Callable):  # noqa: F811
    told = call("lint", FIXTURES / "lint" / "secrets" / "bad.log", "--json", code=10).out
    assert "user.password" in told and "api.key" in told and "correct-horse" not in told and "9f8e7d6c" not in told


def test_long_work_after_a_short_call_is_no_wrong_unit():
    short = span("Publish", ms=0.1)
    made = [trace(short, span("Process", parent=short, at=1, ms=400 if number == 0 else 20)) for number in range(10)]
    assert watched("units", *made) == []
    assert watched("units", *made[:1] * 10) != []
