"""Rules against the traces of a store, and a store against a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

from logtrace.analysis.baseline import TOLERANCE, compared, power
from logtrace.analysis.profile import Profile
from logtrace.analysis.rules.judges import DEFAULTS, judge
from logtrace.analysis.verdicts import ERROR, Outcome, Report
from logtrace.errors import ConfigError, InputError, LogtraceError, UsageError
from logtrace.jobs.verbs.judged import Window, kept, nothing_seen, report, seen_by
from logtrace.query.rules import Metric, Rule, parse_rule

if TYPE_CHECKING:
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.verbs.opened import Opened


class Named(NamedTuple):
    """A rule with its name, its text, and how bad it is where it does not hold."""

    name: str
    text: str
    rule: Rule
    level: str = ERROR


def named_rules(said: Sequence[tuple[str, str, str]], source: str) -> list[Named]:
    """The rules of (name, text, level). Raises ConfigError, naming where they come from, for one that is none."""
    found = []
    for number, (name, text, level) in enumerate(said, 1):
        try:
            found.append(Named(name or f"rule-{number}", text, parse_rule(text), level))
        except UsageError as error:
            raise ConfigError(f"{source}: {name or f'rule {number}'}: {error.message}", error.hint) from error
    return found


def default_rules() -> list[Named]:
    """What is asked for where nobody asks for anything."""
    return [Named(name, text, parse_rule(text)) for name, text in DEFAULTS.items()]


def checked(
    store: Opened,
    *,
    expect: Sequence[str] = (),
    rules: Path | None = None,
    baseline: Path | None = None,
    record: Path | None = None,
    tolerance: float = TOLERANCE,
    window: Window,
    settings: Settings | None = None,
) -> Report:
    """See Store.check."""
    asked = named_rules([("", text, ERROR) for text in expect], "--expect") or _configured(rules)
    if not asked and baseline is None:
        asked = default_rules()
    base = _baseline(baseline, settings) if baseline is not None else None
    report, profile = check(store, asked, window, base, tolerance)
    if record is not None:
        write_baseline(profile, record)
    return report


def _configured(rules: Path | None) -> list[Named]:
    """The rules of a file, or of the configuration where none is named."""
    from logtrace import config

    found = config.load_file(rules).checks if rules is not None else config.load().checks
    return named_rules([(each.name, each.expect, each.level) for each in found], str(rules or "logtrace.toml"))


def _baseline(path: Path, settings: Settings | None) -> Profile:
    """A recorded baseline, or that of a log in which all was well. Raises UsageError for what is neither."""
    if not path.exists():
        raise UsageError(f"there is no baseline at {path}", f"logtrace check GOOD_LOGS --record {path} makes one")
    found = recorded(path)
    if found is None:
        from logtrace.ingest.settings import Settings
        from logtrace.jobs.intake.temporary import temporary
        from logtrace.jobs.verbs.opened import Opened

        found = Profile()
        try:
            with temporary([str(path)], settings or Settings()) as place, Opened(*place) as store:
                seen_by(store, Window(), [found.see])
        except InputError as error:
            raise _no_baseline(path, error.message) from error
        if not found.traces:
            raise _no_baseline(path, "no trace is in it")
    return found


def _no_baseline(path: Path, why: str) -> UsageError:
    file = "FILE" if path.is_dir() else path
    return UsageError(
        f"the baseline {path} is neither one that was recorded nor a log of requests: {why}",
        f"logtrace check GOOD_LOGS --record {file} writes one; a log in which all was well, or a folder of them, will do as well",
    )


def check(
    store: Opened, rules: Sequence[Named], window: Window, base: Profile | None = None, tolerance: float = TOLERANCE
) -> tuple[Report, Profile]:
    """(what came of rules and, where there is one, of the comparison with a baseline; the baseline that this store is).

    Where no trace is there, rules about traces hold, and nothing was checked: then one is asked for as well.
    """
    judges = [judge(each.rule) for each in rules]
    profile = Profile()
    counts = seen_by(store, window, [*(each.see for each in judges), profile.see])
    beside = kept(store)
    outcomes = []
    for each, verdict in zip(rules, (found.verdict(beside) for found in judges), strict=True):
        about = each.text if each.name not in DEFAULTS else _ABOUT.get(each.name, each.text)
        outcomes.append(Outcome(each.name, about, each.level, verdict.findings, verdict.many, verdict.remark))
    if counts == (0, 0) and _rest_on_traces(rules):
        outcomes.append(nothing_seen())
    if base is not None:
        outcomes += compared(base, profile, tolerance)
    notes = filter(None, [power(base, profile, tolerance)] if base is not None else [])
    return report(store, "check", outcomes, counts, notes), profile


def _rest_on_traces(rules: Sequence[Named]) -> bool:
    """Whether rules are about traces, and none says how many there may be."""
    totals = {each.rule.name if isinstance(each.rule, Metric) and each.rule.subject is None else "" for each in rules}
    return not totals & {"traces", "spans"} and not totals <= {"rejected lines", "secrets"}


_ABOUT = {
    "some-trace": "at least one trace is there",
    "no-rejected-lines": "every line is read",
    "no-orphans": "every parent is there",
    "no-cycles": "no span is its own ancestor",
    "one-root": "a trace has one root",
    "no-secrets": "no line has a secret",
}


def recorded(path: Path) -> Profile | None:
    """The baseline that a file is; None where it is something else: a log. Raises UsageError where it is broken."""
    if not (path.is_file() and _is_recorded(path)):
        return None
    try:
        return Profile.of_json(orjson.loads(path.read_bytes()))
    except KeyError as error:
        raise _damaged(path, f"{error} is missing") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise _damaged(path, str(error)) from error


def _is_recorded(path: Path) -> bool:
    with path.open("rb") as file:
        return b'"logtrace_baseline"' in file.read(4096)


def _damaged(path: Path, why: str) -> UsageError:
    return UsageError(f"{path} is a damaged baseline: {why}", f"logtrace check GOOD_LOGS --record {path} writes it anew")


def write_baseline(profile: Profile, path: Path) -> None:
    """Writes a baseline, also in the place of another. Raises InputError where there is nothing to write, UsageError for what is
    no place of a file, or a file of another kind, and LogtraceError where it can't be written: what was there still is."""
    if not profile.traces:
        raise InputError("there is no trace to make a baseline of", "name logs of a run in which all was well")
    if path.is_dir():
        raise UsageError(f"{path} can't be written: it is a directory", "name a file")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "make it first, or name another")
    if path.is_file() and path.stat().st_size and not _is_recorded(path):
        raise UsageError(f"{path} is there already, and is no baseline", "name another file")
    text = orjson.dumps(profile.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    aside = path.with_name(f".{path.name}.part") if path.is_file() or not path.exists() else path
    try:
        aside.write_bytes(text)
        aside.replace(path)
    except OSError as error:
        if aside != path:
            aside.unlink(missing_ok=True)
        raise LogtraceError(f"{path} can't be written: {(error.strerror or str(error)).lower()}", "name another file") from error
