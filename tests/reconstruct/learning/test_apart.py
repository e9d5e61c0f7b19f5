"""Names of what spans call count as far as they are right, and tell operations apart where they nearly always are."""

from __future__ import annotations

import numpy as np
import pytest

from logtrace.reconstruct.choice.decide import decide
from logtrace.reconstruct.evidence.priors import FEWEST_CASES, ROOT
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.columns import NO_PARENT, Forest
from logtrace.reconstruct.forest.peers import A_CLIENT, NO_PEER, Peer
from logtrace.reconstruct.learning.apart import rightly_told
from logtrace.reconstruct.learning.lessons import Lesson, lesson
from logtrace.reconstruct.learning.selftaught import taught
from tests.reconstruct.evidence.test_agreement import NAMED, told
from tests.reconstruct.evidence.test_scorer import forest

ORDERS, TO_PAY, TO_STOCK, PAY, STOCK = range(5)
OPERATIONS = [
    ("order", "POST /orders", ""), ("order", "GET → pay", A_CLIENT), ("order", "GET → stock", A_CLIENT), ("pay", "charge", ""),
    ("stock", "take", ""),
]  # fmt: skip
PEERS = (Peer(), Peer(calls=("pay",)), Peer(calls=("stock",)), Peer(calls=("envoy",)))


def calls(named: tuple[int, int] = (1, 2), many: int = 40) -> Forest:
    """Requests with a call of pay, then one of stock, which name these peers, and are told apart by it."""
    spans = [(ORDERS, 0, 100), (named[0], 10, 40), (PAY, 15, 35), (named[1], 50, 90), (STOCK, 55, 85)]
    found = forest(*([spans] * many))
    peer = np.tile([NO_PEER, named[0], NO_PEER, named[1], NO_PEER], many)
    return found._replace(operations=OPERATIONS, peer=peer, peers=PEERS)


def names(found: Forest) -> set[str]:
    """Of the operations of the spans."""
    return {found.operations[of][1] for of in np.unique(found.operation).tolist()}


def mixed(found: Forest) -> Forest:
    """The same, with each call naming one or the other, whatever it calls."""
    either = np.where(found.peer > 0, np.random.default_rng(2).integers(1, 3, len(found.peer)), NO_PEER)
    return found._replace(peer=either, operation=np.where(either > 0, either, found.operation))


def test_right_names_tell_operations_apart() -> None:
    found, _ = rightly_told(calls())
    assert names(found) >= {"GET → pay", "GET → stock"}
    assert found.naming.tolist() == [False, True, True, False, False]
    whole, _ = rightly_told(calls(many=FEWEST_CASES - 1))
    assert "GET" in names(whole)


@pytest.mark.parametrize("wrong", [calls(named=(2, 1)), mixed(calls())], ids=["swapped", "any"])
def test_wrong_names_count_for_nothing(wrong: Forest) -> None:
    found, _ = rightly_told(wrong)
    assert "GET" in names(found)
    assert not found.naming.any()
    assert not Tables(taught(wrong)).as_known(wrong).naming.any()
    silent = wrong._replace(
        operation=np.where(wrong.operation == TO_STOCK, TO_PAY, wrong.operation), peer=np.zeros_like(wrong.peer),
        operations=[("order", "GET", "") if of == TO_PAY else key for of, key in enumerate(OPERATIONS)],
    )  # fmt: skip
    by_names, without = (decide(each, Tables(taught(each))) for each in (wrong, silent))
    assert by_names.parent.tolist() == without.parent.tolist()
    assert by_names.confidence.tolist() == without.confidence.tolist()


def test_where_nothing_contradicts_names_they_count_unless_two_calls_want_one_span() -> None:
    side_by_side = told(NAMED, many=400)
    assert len(rightly_told(side_by_side)[0].operations) == len(side_by_side.operations) == 5
    either = np.where(side_by_side.peer > 0, np.random.default_rng(2).integers(1, 3, len(side_by_side.peer)), NO_PEER)
    assert len(rightly_told(side_by_side._replace(peer=either))[0].operations) < 5


def test_names_of_what_is_nowhere_tell_nothing_apart() -> None:
    elsewhere = calls()
    elsewhere = elsewhere._replace(peer=np.where(elsewhere.peer > 0, 3, NO_PEER))
    assert "GET" in names(rightly_told(elsewhere)[0])


def lessons_of(found: Forest) -> list[Lesson]:
    """What the requests teach with their true parents, told by names alone."""
    parent = np.tile([-1, 0, 1, 0, 3], len(found.key) // 5) + np.repeat(np.arange(0, len(found.key), 5), 5)
    first = np.arange(len(found.key)) % 5 == 0
    return [lesson(found._replace(named=np.where(first, NO_PARENT, parent), peer=np.zeros_like(found.peer)))]


def test_lessons_tell_apart_what_they_show_to_call_one_service() -> None:
    swapped = calls(named=(2, 1))
    found, (known,) = rightly_told(swapped, lessons_of(swapped))
    assert names(found) >= {"GET → pay", "GET → stock"}
    assert known.edges[OPERATIONS[TO_STOCK], OPERATIONS[PAY]].known == 40


def test_lessons_are_of_the_whole_operation_where_names_tell_nothing() -> None:
    either = mixed(calls())
    found, (known,) = rightly_told(either, lessons_of(either))
    get = "order", "GET", ""
    assert get in found.operations
    assert get in known.forest.operations
    assert [known.edges[OPERATIONS[0], get].known, known.edges[OPERATIONS[0], get].most] == [80, 2]
    assert [known.edges[get, OPERATIONS[PAY]].known, known.edges[get, OPERATIONS[PAY]].most] == [40, 1]
    assert known.holds[get, OPERATIONS[PAY]] == (40, 40)
    assert (ROOT, OPERATIONS[0]) in known.edges


def test_lessons_tell_nothing_apart_that_calls_the_same_whatever_it_names() -> None:
    either = mixed(calls())
    alike = either._replace(operation=np.where(either.operation == STOCK, PAY, either.operation))
    assert "GET" in names(rightly_told(alike, lessons_of(alike))[0])
