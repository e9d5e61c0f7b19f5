"""`learn`, `clocks`, `show --explain` and `--raw-times`, as people call them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shapes import shape
from systems import requests, system
from telling import Telling, log_lines, write_logs

from logtrace import api
from logtrace.reconstruct.choice.decide import BORNE_OUT

Run = Callable[..., Any]
MS = 1_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, logtrace: Run) -> Path:
    """A store of requests whose lines name no parents and whose clocks differ, and logs of ten that name them."""
    path = tmp_path_factory.mktemp("learn")
    traces = list(requests(system("parallel", 0), 40, 0))
    services = sorted({span.service for trace in traces for span in trace})
    offsets = {service: 30 * MS * (number % 2) for number, service in enumerate(services)}
    write_logs(path / "logs", log_lines(traces[10:], Telling("complete", hidden=0.5, offsets_ns=offsets), 0))
    write_logs(path / "known", log_lines(traces[:10], Telling("complete", hidden=0.0), 0))
    logtrace("ingest", path / "logs", "--store", path / "s.db", "-q")
    return path


def test_learn_says_what_it_learned(folder: Path, logtrace: Run):
    done = logtrace("learn", *sorted((folder / "known").iterdir()), "--store", folder / "s.db")
    assert done.stdout.startswith("learned ") and "from 10 traces" in done.stdout
    pairs = json.loads(logtrace("learn", "--show", "--store", folder / "s.db", "--json").stdout)["pairs"]
    assert pairs and all(pair["known"] for pair in pairs[:3])
    assert "known" in logtrace("learn", "--show", "--store", folder / "s.db").stdout


def test_learn_without_a_file_or_with_one_that_names_no_parent(folder: Path, logtrace: Run, tmp_path: Path):
    assert logtrace("learn", "--store", folder / "s.db", code=2).stderr.startswith("error: learn needs a FILE")
    log = tmp_path / "edge.log"
    log.write_text('{"ts":1704897000,"trace_id":"4bf92f3577b34da6","span_id":"a1a1a1a1a1a1a1a1","duration_ms":3}\n')
    assert "no line names a parent" in logtrace("learn", log, "--store", tmp_path / "s.db", code=3).stderr


def test_clocks_shows_what_differs(folder: Path, logtrace: Run):
    found = json.loads(logtrace("clocks", "--store", folder / "s.db", "--json").stdout)["clocks"]
    assert found and all(abs(abs(clock["knots"][0]["add_ns"]) - 30 * MS) < MS for clock in found)
    assert "named parents" in logtrace("clocks", "--store", folder / "s.db").stdout


@pytest.mark.slow
def test_show_adjusts_times_unless_raw_ones_are_asked_for(folder: Path, logtrace: Run):
    ids = [row["trace_id"] for row in json.loads(logtrace("traces", "--store", folder / "s.db", "--json").stdout)["traces"]]
    told = (json.loads(logtrace("show", each, "--store", folder / "s.db", "--json").stdout) for each in ids)
    uneven = next(trace["trace_id"] for trace in told if any(span["skew_ns"] for span in trace["spans"]))
    shown = logtrace("show", uneven, "--store", folder / "s.db").stdout
    raw = logtrace("show", uneven, "--raw-times", "--store", folder / "s.db").stdout
    assert "--raw-times shows times as logged" in " ".join(shown.split())
    assert "--raw-times" not in raw
    assert " ± " in shown
    spans = json.loads(logtrace("show", uneven, "--store", folder / "s.db", "--json").stdout)["spans"]
    moved = next(span["span_id"] for span in spans if span["skew_ns"])
    detail = " ".join(logtrace("show", uneven, "--span", moved, "--store", folder / "s.db").stdout.split())
    assert "are added to its times" in detail and "logged start: " in detail
    assert "times are as logged" in logtrace("show", uneven, "--span", moved, "--raw-times", "--store", folder / "s.db").stdout


def test_explain_lists_candidates_and_marks_the_parent(folder: Path, logtrace: Run):
    spans = json.loads(logtrace("show", "@last", "--store", folder / "s.db", "--json").stdout)["spans"]
    child = next(span for span in spans if span["parent_source"] not in ("explicit", "root", "none"))
    (why,) = json.loads(
        logtrace("show", "@last", "--explain", child["span_id"], "--store", folder / "s.db", "--json").stdout
    )["spans"]  # fmt: skip
    assert why["candidates"][0]["span"] == child["parent_span_id"]
    assert why["candidates"][0]["share"] > 0.9
    assert round(100 - 100 * (1 - why["candidates"][0]["share"]) / BORNE_OUT) == child["parent_confidence"]
    text = logtrace("show", "@last", "--explain", child["span_id"], "--store", folder / "s.db").stdout
    assert "▸" in text and "because" in text


@pytest.mark.slow
def test_explain_tells_what_paces_and_doubts_make_of_the_shares(logtrace: Run, tmp_path: Path):
    traces = list(requests(shape("review"), 30, 0))
    store = tmp_path / "s.db"
    api.ingest([str(path) for path in write_logs(tmp_path / "logs", log_lines(traces, Telling("complete"), 0))], store)
    with api.open(store) as opened:
        trace = opened.trace("@last")
        found = [opened.why(trace, span) for span in trace.spans if not span.parent.observed]
    by_pace = [one for one in found if one.paced is not None]
    assert by_pace and all(one.paced.key == one.span.parent_key for one in by_pace), "what it tells is what was done"
    unsure = [one for one in found if one.rivalled or one.doubted]
    assert unsure and all(one.span.parent.confidence < 80 for one in unsure)
    one = next(one for one in by_pace if one in unsure)
    text = " ".join(logtrace("show", "@last", "--explain", one.span.span_id, "--store", store).stdout.split())
    assert f"{one.weight * 100:.0f} % have it under" in text and "doubt " in text
    (told,) = json.loads(logtrace("show", "@last", "--explain", one.span.span_id, "--store", store, "--json").stdout)["spans"]
    assert told["paced"] == {"span": one.span.parent_span_id, "share": one.weight}
    assert told["rivalled"] or told["doubted"]
