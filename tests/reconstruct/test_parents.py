from __future__ import annotations

import pytest

from logtrace.model import ErrorLevel
from logtrace.reconstruct.trace import rebuild
from tests.reconstruct.made import by_key, lines, parents, points, whole
from tests.strategies import record

TREES = [
    ("the tightest around it", [whole(1, ms=100), whole(2, None, at=10, ms=50), whole(3, None, at=20, ms=5)], {1: 0, 2: 1, 3: 2}),
    ("siblings side by side", [whole(1, ms=100), whole(2, None, at=0, ms=40), whole(3, None, at=50, ms=40)], {1: 0, 2: 1, 3: 1}),
    ("what starts inside may outlive it", [whole(1, None, at=0, ms=50), whole(2, None, at=40, ms=50)], {1: 0, 2: 1}),
    ("what follows soon belongs to the first", [whole(1), whole(2, None, at=50)], {1: 0, 2: 1}),
    ("what follows long after is a root of its own", [whole(1), whole(2, None, at=5000)], {1: 0, 2: 0}),
    ("two that are equal: the smaller key is the parent", [whole(1, None), whole(2, None)], {1: 0, 2: 1}),
    ("a little too long is a child all the same", [whole(1), whole(2, None, at=1, ms=9.04)], {1: 0, 2: 1}),
    ("a span that ends too soon is passed over",
     [whole(1, ms=100), whole(2, 1, at=1, ms=9), whole(3, None, at=2, ms=40)], {1: 0, 2: 1, 3: 1}),
    ("a span that says it is a root is no child", [whole(1, ms=100), whole(2, 0, at=10, ms=5)], {1: 0, 2: 0}),
    ("no time, no guess", [whole(1), lines(record(2, at=None))], {1: 0, 2: 0}),
    ("never below its own child", [whole(1, None, at=5, ms=5), whole(2, 1, at=0, ms=50)], {1: 0, 2: 1}),
    ("not a grandchild", [whole(1, None, at=5, ms=5), whole(2, 1, at=6, ms=1), whole(3, 2, at=0, ms=50)], {1: 0, 2: 1, 3: 2}),
    ("one line is inside", [whole(1), points(2, 3)], {1: 0, 2: 1}),
    ("explicit parents stay", [whole(1, ms=100), whole(2, 1, at=10, ms=50), whole(3, 1, at=20, ms=5)], {1: 0, 2: 1, 3: 1}),
    ("an error that is told at once lies around what failed",
     [whole(1, None, ms=250), points(2, 251, error=ErrorLevel.SOFT, error_message="no")], {1: 2, 2: 0}),
    ("one that is told long after does not",
     [whole(1, None, ms=250), points(2, 1000, error=ErrorLevel.SOFT, error_message="no")], {1: 0, 2: 1}),
    ("a phantom may have a parent", [whole(1, ms=100), whole(2, 9, at=10, ms=5)], {1: 0, 2: 9, 9: 1}),
]  # fmt: skip


@pytest.mark.parametrize(("fragments", "tree"), [row[1:] for row in TREES], ids=[row[0] for row in TREES])
def test_trees(fragments, tree):
    assert parents(rebuild(fragments)) == parents(rebuild(fragments[::-1])) == tree


def test_the_evidence_of_a_guess():
    found = by_key(whole(1, ms=100), whole(2, None, at=10, ms=50), whole(3, None, at=20, ms=5), whole(4, 1, at=90, ms=1))
    assert [found[key].evidence.source for key in (1, 2, 3, 4)] == ["root", "contain", "contain", "explicit"]
    assert not found[3].evidence.observed
    assert found[3].evidence.confidence < 80, "drawn as a guess"


def test_what_only_follows_is_a_weak_guess():
    found = by_key(whole(1, ms=10), whole(2, None, at=20, ms=5))
    assert found[2].evidence.source == "order"
    assert found[2].evidence.confidence <= 60


def test_bounds_grow_over_guessed_children_only_where_they_are_guessed_too():
    found = by_key(whole(1, ms=10), whole(2, None, at=1, ms=9.04))
    assert found[1].duration_ns == 10_000_000
