"""Ids that spans share tell who called whom, where they can: threads that are no event loops, one of several requests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from logtrace import api
from logtrace.reconstruct.choice.decide import decide
from logtrace.reconstruct.evidence.priors import LOOP, NOTHING, ROOT
from logtrace.reconstruct.evidence.scorer import weigh
from logtrace.reconstruct.evidence.shared import NONE, SAME, ids_of
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.columns import Forest
from logtrace.reconstruct.learning.lessons import learned
from tests.reconstruct.evidence.test_scorer import forest

BOTH_HOLD = [(0, 0, 100), (1, 10, 90), (1, 12, 80), (2, 30, 50)]
"""Two reads side by side around a write: times alone say that the shorter one made it."""


def on_threads(found: Forest, *threads: int) -> Forest:
    return found._replace(thread=np.array(threads))


def parents(found: Forest) -> list[int]:
    return decide(found, Tables(NOTHING)).parent.tolist()


def test_the_thread_tells_which_of_two_made_a_call():
    reads = forest(BOTH_HOLD)._replace(operation=np.array([0, 2, 2, 2]))
    assert parents(reads)[3] == 2
    assert parents(on_threads(reads, 0, 1, 2, 1))[3] == 1
    assert parents(on_threads(reads, 0, 1, NONE, NONE))[3] == 2, "no line tells"


def test_spans_that_cut_one_another_run_on_an_event_loop():
    spans = [*BOTH_HOLD[:3], (2, 30, 50), (2, 85, 95)]
    loop = on_threads(forest(spans)._replace(operation=np.array([0, 2, 2, 2, 2])), 0, 1, 2, 1, 1)
    assert weigh(loop, Tables(NOTHING)).shared.max() == 0
    stack = loop._replace(end=np.minimum(loop.end, loop.end[1]))
    assert weigh(stack, Tables(NOTHING)).shared.max() == SAME


def test_a_service_of_event_loops_is_one_in_all_traces():
    cut = on_threads(forest(*([[(0, 0, 100), (2, 10, 60), (2, 20, 70)]] * 3), BOTH_HOLD), *([0, 1, 1] * 3), 0, 1, 2, 1)
    cut = cut._replace(operation=np.array([0, 2, 2] * 3 + [0, 2, 2, 2]))
    model = learned(cut)
    assert (ROOT, ("db", "", LOOP)) in model.pairs
    assert weigh(cut, Tables(model)).shared.max() == 0
    assert weigh(cut, Tables(NOTHING)).shared.max() == SAME, "the last trace alone does not show it"


def test_a_request_id_tells_only_where_a_trace_has_several():
    found = forest(BOTH_HOLD)
    pair = [(1, 3)]
    assert shared(found._replace(request=np.array([1, 2, 3, 2]))) == pair
    assert shared(found._replace(request=np.array([2, 2, 2, 2]))) == []
    assert shared(found._replace(request=np.array([NONE, 2, NONE, 2]))) == []


def shared(found: Forest) -> list[tuple[int, int]]:
    scored = weigh(found, Tables(NOTHING))
    return [
        (parent, child)
        for parent, child, gain in zip(
            scored.pairs.parent.tolist(), scored.pairs.child.tolist(), scored.shared.tolist(), strict=True
        )
        if gain
    ]


@pytest.mark.parametrize(
    ("attributes", "ids"),
    [
        ([("thread", '"a"'), ("request_id", "7")], ("api api thread \"a\"", "request_id 7")),
        ([("thread", '"a"'), ("thread_id", "3"), ("host", '"h"')], ('api host "h" thread_id 3', "")),
        ([("thread", '"a"'), ("thread", '"b"')], ("", "")),
        ([("job_id", "1"), ("request_id", "7")], ("", "request_id 7")),
        ([], ("", "")),
    ],
)  # fmt: skip
def test_what_names_a_thread_and_a_request(attributes, ids):
    assert ids_of(attributes, "api") == ids
    assert ids_of(attributes[::-1], "api") == ids


def test_logs_with_threads_are_put_together_by_them_and_say_so(tmp_path: Path):
    lines = []
    for number in range(30):
        for span, (start, end, operation, thread) in enumerate(
            [(0, 100, "GET /", "main"), (10, 90, "load", "pool-1"), (12, 80, "load", "pool-2"), (30, 50, "query", "pool-1")]
        ):
            at = 1_704_897_000_000_000_000 + number * 10**9
            lines.append({
                "start_time": at + start * 10**6, "timestamp": at + end * 10**6, "duration_ns": (end - start) * 10**6,
                "level": "info", "msg": "done", "service": "api", "trace_id": f"{number + 1:032x}", "span_id": f"{span + 1:016x}",
                "operation": operation, "thread": thread,
            })  # fmt: skip
    log = tmp_path / "a.log"
    log.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    api.ingest([str(log)], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        trace = store.trace(f"{1:032x}")
        query = next(span for span in trace.spans if span.name == "query")
        assert query.parent_span_id == f"{2:016x}"
        told = store.why(trace, query)
    assert [one.span.span_id for one in told.candidates if one.shared == SAME] == [f"{2:016x}"]
