"""Callers of operations as a whole: those that make the times most probable, and doubt where others do so nearly as well."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given

from logtrace.reconstruct.choice.decide import decide
from logtrace.reconstruct.choice.plausible import plausibility, times_of
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.candidates import candidates
from logtrace.reconstruct.forest.columns import Flags, Forest, Ints
from logtrace.reconstruct.learning.accounts import Account, accounted
from logtrace.reconstruct.learning.selftaught import taught
from tests.reconstruct.evidence.test_scorer import forest, trees

NOTHING_FIXED = NOBODY_ALONE = np.zeros(4, bool)


def account_of(found: Forest, above: Ints, fixed: Flags, alone: Flags = NOBODY_ALONE) -> Account:
    """The account of spans that everything may have called."""
    return accounted(found, above, fixed, candidates(found), alone[: len(fixed)])


def side_by_side(number: int) -> list[tuple[int, int, int]]:
    """A request asks three times at once: each client span (1) is around a server span (2), a moment longer at either end, and
    lies around others by accident."""
    rng = random.Random(number)
    found = [(0, 0, 4000)]
    for _ in range(3):
        begins, took = rng.randint(10, 600), rng.randint(1000, 3000)
        found += [(1, begins, begins + took), (2, begins + rng.randint(9, 11), begins + took - rng.randint(9, 11))]
    return found


def roots(found: Forest) -> Ints:
    """The places of parents, where the first span of each trace is that of all others."""
    first = np.searchsorted(found.trace, found.trace)
    return np.where(first == np.arange(len(first)), -1, first)


def asked_by(found: Forest) -> Ints:
    """The same, but servers below their clients, whose keys are the numbers before theirs."""
    place = np.zeros(len(found.key) + 1, np.int64)
    place[found.key] = np.arange(len(found.key))
    return np.where(found.operation == 2, place[found.key - 1], roots(found))


def test_calls_given_to_what_made_them_make_times_more_probable():
    found = forest(*(side_by_side(number) for number in range(30)))
    times, every = times_of(found, NOBODY_ALONE), np.arange(4)
    right = plausibility(times, asked_by(found), every)
    assert right > plausibility(times, roots(found), every) + len(found.key)


def test_the_sum_is_that_of_the_operations():
    found = forest(*(side_by_side(number) for number in range(8)))
    times, above = times_of(found, NOBODY_ALONE), asked_by(found)
    parts = sum(plausibility(times, above, [operation]) for operation in range(4))
    assert abs(plausibility(times, above, np.arange(4)) - parts) < 1e-6


def test_callers_of_an_operation_are_put_right_all_at_once():
    found = forest(*(side_by_side(number) for number in range(30)))
    account = account_of(found, roots(found), NOTHING_FIXED)
    assert account.moved.tolist() == [False, False, True, False]
    asked = found.operation == 2
    assert (account.above[asked] == asked_by(found)[asked]).mean() > 0.95
    assert (account_of(found, roots(found), ~NOTHING_FIXED).above == roots(found)).all(), "what is known stays"


def test_servers_within_clients_side_by_side_are_found_without_any_known_parent():
    found = forest(*(side_by_side(number) for number in range(60)))
    asked = found.operation == 2
    decision = decide(found, Tables(taught(found)))
    assert (decision.parent[asked] == asked_by(found)[asked]).mean() > 0.98


SHOP = [("shop", "order", ""), ("shop", "HTTP GET", ""), ("user", "cards", ""), ("stock", "find", ""), ("mail", "send", "")]


def one_after_another(number: int) -> list[tuple[int, int, int]]:
    """An order asks three services by clients of one name."""
    rng, at = random.Random(number), 0
    found = [(0, 0, 9000)]
    for asked in (2, 3, 4):
        there, took, back = (int(rng.lognormvariate(0, 0.3) * 300) for _ in range(3))
        found += [(1, at + 50, at + 50 + there + took + back), (asked, at + 50 + there, at + 50 + there + took)]
        at = found[-2][2]
    return found


def test_whom_clients_of_one_name_ask_is_told_by_where_they_stand_in_what_called_them():
    """That an order asks for all three itself would take no choice between them; nor does it, by places."""
    found = forest(*(one_after_another(number) for number in range(60)))._replace(operations=SHOP)
    by_clients = np.where(found.operation > 1, np.arange(len(found.key)) - 1, roots(found))
    times, every = times_of(found, np.zeros(5, bool)), np.arange(5)
    assert plausibility(times, by_clients, every) > plausibility(times, roots(found), every) + 60


def test_what_two_accounts_make_as_probable_is_in_doubt():
    """Two spans around a third, always at the same distance: either may be what called it."""
    even = forest(*([(0, 0, 100 + n % 9), (1, 10, 90), (2, 20 + n % 5, 40)] for n in range(40)))
    above = np.where(even.operation == 0, -1, np.arange(len(even.key)) - 1)
    loose = np.where(even.operation == 2, np.arange(len(even.key)) - 2, above)
    assert not account_of(even, above, NOTHING_FIXED).moved.any()
    assert account_of(even, loose, NOTHING_FIXED).doubted[2]


@given(trees)
def test_an_account_is_a_forest_and_depends_on_nothing_else(traces):
    found = forest(*traces)
    account = account_of(found, roots(found), NOTHING_FIXED[: len(found.operations)])
    assert (account.above < np.arange(len(found.key))).all()
    assert (account.above == account_of(found, roots(found), NOTHING_FIXED[: len(found.operations)]).above).all()


def test_the_order_in_which_operations_were_read_does_not_matter():
    found = forest(*(side_by_side(number) for number in range(60)))
    turned = found._replace(operation=3 - found.operation, operations=found.operations[::-1])
    assert turned.by_name().operations == found.by_name().operations
    assert (turned.by_name().operation == found.by_name().operation).all()
    assert taught(turned) == taught(found)
