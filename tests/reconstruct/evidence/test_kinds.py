"""What kinds and names of spans tell of their callers, where times alone leave it open or tell otherwise."""

from __future__ import annotations

import random

import numpy as np
import pytest

from logtrace.reconstruct.choice.decide import decide
from logtrace.reconstruct.evidence.kinds import KIND, NAME, PART, SERVES, asking, fitting
from logtrace.reconstruct.evidence.shares import shares
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.candidates import candidates
from logtrace.reconstruct.forest.columns import Forest, Ints
from logtrace.reconstruct.learning.selftaught import taught
from logtrace.reconstruct.spans.naming import OperationKey
from tests.reconstruct.evidence.test_scorer import forest

KINDS = [
    ("shop", "POST /buy", "server"),
    ("shop", "POST", "client"),
    ("pay", "/charge", "server"),
    ("shop", "publish", "producer"),
]
TOLD = [("shop", "POST /buy", ""), ("shop", "Sent.Charge", ""), ("pay", "Recv.Charge", ""), ("shop", "publish", "")]
METHOD = [
    ("shop", "POST /buy", ""),
    ("shop", "pay.Payment/Charge", ""),
    ("pay", "/pay.Payment/Charge", ""),
    ("shop", "publish", ""),
]
UNTOLD = [("shop", "POST /buy", ""), ("shop", "call", ""), ("pay", "/charge", ""), ("shop", "publish", "")]


def lingering(operations: list[OperationKey], many: int = 40) -> Forest:
    """A request whose client span (1) sends to a server, whose span (2) often ends after the answer has come, and which puts a
    message into a queue (3) while it waits."""
    rng = random.Random(1)
    traces = []
    for _ in range(many):
        sent, took = rng.randint(10, 60), rng.randint(40, 70)
        lingers = rng.choice((-3, 15, 30))
        traces.append([(0, 0, 300), (1, sent, sent + took), (2, sent + 4, sent + took + lingers), (3, sent + 2, sent + 9)])
    return forest(*traces)._replace(operations=operations)


def parents(found: Forest, operation: int) -> set[int]:
    """The operations that are inferred to call one."""
    decision = decide(found, Tables(taught(found)))
    return set(found.operation[decision.parent[found.operation == operation]].tolist())


def asked(found: Forest) -> Ints:
    pairs = candidates(found, every=True)
    return asking(found, pairs, shares(found, pairs))


@pytest.mark.parametrize("operations", [KINDS, TOLD, METHOD])
def test_a_server_is_called_by_the_client_that_it_outlives(operations: list[OperationKey]) -> None:
    assert parents(lingering(operations), 2) == {1}


@pytest.mark.parametrize("operations", [KINDS, TOLD, METHOD])
def test_a_client_that_waits_calls_nothing_beside_that(operations: list[OperationKey]) -> None:
    assert parents(lingering(operations), 3) == {0}


def test_times_alone_tell_neither() -> None:
    found = lingering(UNTOLD)
    assert parents(found, 3) == {1}
    assert not asked(found).any()


def test_what_operations_ask_for() -> None:
    found = lingering(KINDS)
    assert asked(found).tolist() == [0, KIND + SERVES, KIND, KIND]
    found = lingering(METHOD)
    assert asked(found).tolist() == [0, SERVES, NAME, 0]


def test_servers_ask_for_no_clients_where_logs_have_none_for_them() -> None:
    """One client around all, as a browser's is, is not the caller of each server."""
    spans = [(0, 0, 300), *((2, 10 + 50 * number, 50 + 50 * number) for number in range(4))]
    found = forest(*([spans] * 20))._replace(operations=[("web", "GET", "client"), *KINDS[1:]])
    assert not asked(found).any()


def working(many: int = 40) -> Forest:
    """A request that asks a server, whose work (3) begins soon after it and ends behind its span (2)."""
    rng = random.Random(2)
    traces = []
    for _ in range(many):
        sent, took = rng.randint(5, 9), rng.randint(40, 60)
        begun = sent + rng.randint(20, 60)
        done = begun + took + rng.randint(5, 30)
        traces.append([(0, 0, 400), (1, sent, done + rng.randint(5, 20)), (2, begun, begun + took), (3, begun + 4, done)])
    return forest(*traces)._replace(operations=[*METHOD[:3], ("pay", "look up", "")])


def test_what_a_server_does_is_part_of_what_it_was_asked_for_though_it_outlives_that() -> None:
    found = working()
    assert asked(found).tolist() == [0, SERVES, NAME, PART]
    assert parents(found, 3) == {2}


def test_of_servers_that_run_at_once_one_holds_its_own_work() -> None:
    found = working()
    asks = asked(found)
    beside = forest([(0, 0, 400), (1, 5, 390), (2, 10, 380), (1, 6, 90), (2, 20, 60), (3, 24, 70)])
    beside = beside._replace(operations=found.operations)
    pairs = candidates(beside)
    around = fitting(beside, pairs, asks).around
    assert pairs.parent[around].tolist() == [3], "not the one that ended before it"


def test_a_consumer_was_given_its_message_by_a_producer_that_has_ended() -> None:
    operations = [("shop", "POST /buy", ""), ("shop", "publish paid", ""), ("mail", "consume paid", ""), ("shop", "query", "")]
    rng = random.Random(2)
    found = forest(*(
        [(0, 0, 300), (1, 100, 110), (3, 120, 290), (2, at := rng.randint(130, 280), at + 80)] for _ in range(40)
    ))._replace(operations=operations)  # fmt: skip
    assert parents(found, 2) == {1}


def test_a_span_keeps_all_candidates_where_none_is_what_it_asks_for() -> None:
    found = lingering(KINDS)
    pairs = candidates(found)
    asks = asked(found)
    orphans = pairs.where(found.operation[pairs.parent] != 1)
    servers = found.operation[orphans.child] == 2
    assert fitting(found, orphans, asks).kept[servers].all()
    kept = pairs.where(fitting(found, pairs, asks).kept)
    assert set(found.operation[kept.parent[found.operation[kept.child] == 2]].tolist()) == {1}


def test_one_client_serves_one_server() -> None:
    """Of clients side by side each has a server, though the one of all may hold those of others."""
    rng = random.Random(3)
    traces = []
    for _ in range(30):
        spans = [(0, 0, 1000)]
        for number in range(3):
            sent, took = 10 + 2 * number, rng.randint(200, 700)
            spans += [(1, sent, sent + took), (2, sent + 1, sent + took - 1)]
        traces.append(spans)
    found = forest(*traces)._replace(operations=KINDS)
    decision = decide(found, Tables(taught(found)))
    servers = np.flatnonzero(found.operation == 2)
    assert (found.operation[decision.parent[servers]] == 1).all()
    assert len(np.unique(decision.parent[servers])) == len(servers)
