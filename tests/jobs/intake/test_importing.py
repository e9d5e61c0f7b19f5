"""Round trips: what a store exports and another imports is what it was, as far as the format can carry it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from logtrace import api
from logtrace.jobs.intake.importing import import_files
from logtrace.jobs.intake.ingest import ingest
from logtrace.jobs.verbs.export import FORMATS
from tests.cli.conftest import FIXTURES
from tests.jobs.imported import (
    IDS,
    SPANS,
    Values,
    as_it_is,
    as_text,
    carried,
    differences,
    logs,
    nested_as_text,
    unordered,
    write_log,
)

MICRO = 1_000


def there_and_back(lines: list[dict[str, Any]] | Path, form: str, tick_ns: int = 1, value: Values = as_it_is) -> None:
    """Ingests lines (or a folder of logs), exports, imports, and compares both stores; a second import and a second export
    change nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ingest(folder / "one.db", [str(lines if isinstance(lines, Path) else write_log(folder / "edge.log", lines))])
        with api.open(folder / "one.db") as one:
            summaries = one.traces(limit=None)
            before = {each.trace_id: carried(one.trace(each.trace_id).adjusted, tick_ns, value) for each in summaries}
            (folder / "out").write_bytes(b"".join(one.exported(form)) if summaries else b"")
        if not summaries:
            return
        import_files(folder / "two.db", [str(folder / "out")])
        import_files(folder / "two.db", [str(folder / "out")])
        with api.open(folder / "two.db") as two:
            after = {each: carried(two.trace(each).adjusted, tick_ns, value) for each in before}
            assert not differences(before, after)
            assert not differences(unordered((folder / "out").read_bytes()), unordered(b"".join(two.exported(form))))
            for each in summaries:
                again = two.find(each.trace_id)[0]
                assert (again.spans, again.inferred, again.errors) == (each.spans, each.inferred, each.errors)


slow_enough = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.slow
@slow_enough
@given(logs())
def test_otlp_json(lines: list[dict[str, Any]]):
    """It carries all but this: how lines were read (units that were assumed, values that lost to another of their key), which of
    field, line and duration told a time that was told, that a root was called one, the service of lines without a span."""
    there_and_back(lines, "otlp-json")


@pytest.mark.slow
@slow_enough
@given(logs(MICRO))
def test_jaeger(lines: list[dict[str, Any]]):
    """As OTLP JSON; times are microseconds, lists and maps become text, and a trace id of 64 bits is shown with 32 digits."""
    there_and_back(lines, "jaeger", MICRO, nested_as_text)


@pytest.mark.slow
@slow_enough
@given(logs(MICRO))
def test_zipkin(lines: list[dict[str, Any]]):
    """As OTLP JSON; times are microseconds, and all values become text."""
    there_and_back(lines, "zipkin", MICRO, as_text)


FORMS: dict[str, tuple[int, Values]] = {"otlp-json": (1, as_it_is), "jaeger": (MICRO, nested_as_text), "zipkin": (MICRO, as_text)}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "logs_of", [*sorted(FIXTURES.glob("*/logs")), FIXTURES / "formats" / "files"], ids=lambda path: path.parent.name
)
def test_stories(logs_of: Path, form: str):
    there_and_back(logs_of, form, *FORMS[form])


def lines_of(*told: dict[str, Any], trace: str = IDS[0]) -> list[dict[str, Any]]:
    """Lines of one span; `at`: their time in nanoseconds."""
    common = {"trace_id": trace, "span_id": SPANS[0], "service": "edge", "level": "info", "msg": ""}
    return [{"time": f"2024-01-10T14:30:00.{each['at']:09d}Z", **common, **each} for each in told]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "lines",
    [
        lines_of({"at": 1000, "event": "span_start"}, {"at": 0, "event": "span_end"}, trace=IDS[1]),
        lines_of({"at": 0, "operation": "x", "duration_ms": 1.0, "parent_span_id": "1f2e3d4c.38.17419444131000000-0"}),
        lines_of({"at": 0, "operation": "x", "duration_ms": 1.0, "status": "error", "is_retry": True}),
        lines_of({"at": 0, "operation": "x", "duration_ms": 1.0, "status": "error", "is_retry": "true"}),
        lines_of(
            {"at": 0, "event": "span_start", "error.type": "Timeout"},
            {"at": 5000, "level": "error", "msg": "no", "error_type": "Refused", "error_message": "not you"},
            {"at": 9000, "event": "span_end"},
        ),
    ],
    ids=["ends before it starts", "a parent that is missing and no number", "true as a truth", "and as text", "two types"],
)
def test_what_is_odd(lines: list[dict[str, Any]], form: str):
    there_and_back(lines, form, *FORMS[form])


def test_every_format_that_is_read_has_a_round_trip():
    assert set(FORMS) == {name for name, form in FORMATS.items() if form.read}
