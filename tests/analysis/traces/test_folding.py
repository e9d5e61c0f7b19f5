from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.traces.folding import Fold, fold, foldable
from logtrace.model import Span
from tests.builders import MS, T0, span

ROOT = span("root", ms=100)


def folded(spans: list[Span], marked: Collection[int] = ()) -> list[Span | Fold]:
    return list(fold([s for s in spans if s.parent_key == ROOT.key], foldable([ROOT, *spans], marked)))


def run(count: int, name: str = "query", **more: Any) -> list[Span]:
    return [span(name, parent=ROOT, at=i, ms=i + 1, **more) for i in range(count)]


def test_five_like_neighbours_are_one_with_their_figures() -> None:
    spans = run(5)
    assert folded(spans) == [Fold(spans[0], 5, 5, 3 * MS, 5 * MS, T0, T0 + 9 * MS, tuple(s.key for s in spans))]


def test_four_are_not() -> None:
    spans = run(4)
    assert folded(spans) == spans


def test_another_operation_an_error_or_a_mark_ends_a_run() -> None:
    before, after = run(5), run(5)
    for between in (span("other", parent=ROOT), span("query", parent=ROOT, error="no"), span("query", "db", parent=ROOT)):
        assert [isinstance(item, Fold) for item in folded([*before, between, *after])] == [True, False, True]
    assert len(folded([*before, *after], {before[2].key})) == 4  # two, the marked one, the rest as one


def test_small_subtrees_fold_with_their_spans_and_large_ones_do_not() -> None:
    calls = run(6, "call")
    inner = [span("serve", parent=call) for call in calls]
    (only,) = folded([*calls, *inner])
    assert isinstance(only, Fold)
    assert (only.count, only.spans) == (6, 12)
    wide = [span("serve", parent=calls[0]) for _ in range(4)]
    assert folded([*calls, *wide])[0] is calls[0]


def test_an_error_deep_inside_keeps_its_branch() -> None:
    calls = run(11, "call")
    assert [isinstance(i, Fold) for i in folded([*calls, span("serve", parent=calls[5], error="no")])] == [True, False, True]


def test_lower_bounds_give_no_percentiles() -> None:
    (only,) = folded(run(5, lower_bound=True))
    assert isinstance(only, Fold)
    assert only.p50_ns is None


@given(st.lists(st.sampled_from("aab"), max_size=40))
def test_no_span_is_lost(names: list[str]) -> None:
    spans = [span(name, parent=ROOT, at=i) for i, name in enumerate(names)]
    items = folded(spans)
    assert sum(item.count if isinstance(item, Fold) else 1 for item in items) == len(spans)
    assert [name for item in items for name in names_of(item)] == names


def names_of(item: Span | Fold) -> list[str]:
    return [item.first.name] * item.count if isinstance(item, Fold) else [item.name]
