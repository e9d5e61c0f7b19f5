from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN, TraceId, hashed_key, span_id_text
from logtrace.model import Attribute, ErrorLevel, Flag, Rank, Role
from logtrace.reconstruct.spans.drafts import drafts
from logtrace.reconstruct.spans.fragments import Fragment, fragment_of_entries
from logtrace.reconstruct.spans.naming import masked
from logtrace.reconstruct.trace import (
    Rebuilt,
    by_trace,
    chosen,
    finished,
    is_plain,
    rebuild,
    repaired,
    root_of,
    summary,
    to_trace,
    trace_id_of,
)
from tests.reconstruct.made import collected, lines, parents, points, whole
from tests.strategies import MS, T0, TRACE, record, records


def state(rebuilt: Rebuilt) -> list[tuple[object, ...]]:
    """All that a rebuild found, as it can be compared."""
    spans = [
        (s.key, s.parent, s.evidence, s.start_ns, s.duration_ns, s.start, s.end, int(s.flags), s.attempts) for s in rebuilt.spans
    ]
    return [*spans, *(span.fragment for span in rebuilt.spans), *rebuilt.loose]


span_keys = st.sampled_from([NO_SPAN, 1, 2, 3, 4, 5])
any_trace = st.lists(records(span_keys, service=None), min_size=1, max_size=14).map(collected)


@given(any_trace, st.data())
def test_order_and_repetition_of_fragments_change_nothing(fragments, data):
    again = data.draw(st.permutations(fragments + data.draw(st.lists(st.sampled_from(fragments), max_size=3))))
    assert state(rebuild(again)) == state(rebuild(fragments))


@given(st.lists(records(span_keys), min_size=2, max_size=14), st.data())
def test_records_split_among_chunks_in_any_way_give_one_trace(found, data):
    entries = [(each, 1, number) for number, each in enumerate(found)]
    heaps: dict[tuple[int, int], list] = {}
    for entry in entries:
        heaps.setdefault((entry[0].span, data.draw(st.integers(0, 2))), []).append(entry)
    parts = [fragment_of_entries(heap) for heap in heaps.values()]
    assert state(rebuild(parts)) == state(rebuild(collected(found)))


@given(any_trace)
def test_every_span_reaches_a_root_and_every_parent_is_there(fragments):
    rebuilt = rebuild(fragments)
    above = parents(rebuilt)
    assert len(above) == len(rebuilt.spans)
    for key in above:
        at = key
        for _ in above:
            at = above[at] if at != NO_SPAN else at
        assert at == NO_SPAN


@given(any_trace)
def test_no_line_is_lost_and_no_duration_negative(fragments):
    rebuilt = rebuild(fragments)
    told = {(time, text) for part in fragments for time, text in part.lines}
    kept = [part for part in [*(s.fragment for s in rebuilt.spans), *rebuilt.loose] if part is not None]
    assert {key for part in kept for key in part.lines} == told
    assert all(span.duration_ns is None or span.duration_ns >= 0 for span in rebuilt.spans)
    assert [s.order for s in rebuilt.spans] == sorted(s.order for s in rebuilt.spans)


@given(any_trace)
def test_what_was_rebuilt_is_rebuilt_the_same_again(fragments):
    once = rebuild(fragments)
    parts = [*(s.fragment for s in once.spans if s.fragment is not None), *once.loose]
    assert state(rebuild(parts)) == state(once)


@st.composite
def plain_trees(draw: st.DrawFn) -> list[Fragment]:
    """One tree of explicit parents whose spans have start and end lines, in any order."""
    count = draw(st.integers(1, 8))
    tree = [whole(1, draw(st.sampled_from([None, NO_SPAN])), draw(st.integers(0, 9)), draw(st.integers(0, 30)))]
    tree += [
        whole(key, draw(st.integers(1, key - 1)), draw(st.integers(-2, 30)), draw(st.integers(0, 20)))
        for key in range(2, count + 1)
    ]
    return draw(st.permutations(tree + draw(st.lists(st.just(points(NO_SPAN, 3)), max_size=1))))


@given(plain_trees())
def test_the_direct_path_and_the_graph_agree_on_plain_trees(fragments):
    direct = rebuild(fragments)
    assert direct.plain
    spans = drafts(part for part in fragments if part.span != NO_SPAN)
    assert state(Rebuilt(repaired(spans), direct.loose, plain=False)) == state(direct)


@given(any_trace)
def test_wherever_the_direct_path_is_taken_the_graph_agrees(fragments):
    direct = rebuild(fragments)
    if direct.plain:
        spans = drafts(part for part in fragments if part.span != NO_SPAN)
        assert state(Rebuilt(repaired(spans), direct.loose, plain=False)) == state(direct)


@pytest.mark.parametrize(
    ("edges", "plain"),
    [
        ([], True),
        ([(1, 0)], True),
        ([(3, 2), (2, 1), (1, 0)], True),
        ([(1, 0), (2, 0)], False),
        ([(1, 0), (2, 9)], False),
        ([(1, 0), (2, 3), (3, 2)], False),
        ([(1, 0), (2, 2)], False),
        ([(1, 2), (2, 1)], False),
        ([(1, 0), (1, 0)], False),
        ([(1, 5)], False),
    ],
)
def test_a_plain_tree_is_one_root_with_all_below_it(edges, plain):
    assert is_plain(edges) == plain
    assert not is_plain(edges, settled=False)


def test_the_short_form_of_an_id_joins_the_long_one():
    short, long = (lines(record(1, trace=TraceId(7, high), text=high)) for high in (0, 5))
    assert {key: len(parts) for key, parts in by_trace([short, long]).items()} == {(7, 5): 2}
    assert trace_id_of([short, long]) == TraceId(7, 5)
    (span,) = rebuild([short, long]).spans
    assert len(span.fragment.lines) == 2


def test_two_long_ids_with_one_low_half_stay_two_and_the_short_one_a_third():
    parts = [lines(record(1, trace=TraceId(7, high))) for high in (0, 5, 6)]
    assert {key: len(found) for key, found in by_trace(parts).items()} == {(7, 0): 1, (7, 5): 1, (7, 6): 1}


def test_many_traces_of_short_ids_are_told_apart_quickly():
    parts = [Fragment(TraceId(number, 0), 1, "api", 0) for number in range(1, 20_000)]
    began = process_time()
    assert len(by_trace(parts)) == 19_999
    assert process_time() - began < 2


def dressed(*fragments: Fragment):
    return to_trace(rebuild(fragments), str(TRACE), {})


def test_a_trace_is_dressed_with_ids_and_words():
    made = dressed(
        whole(1, 0, name="POST /tasks", service="api"),
        whole(2, 1, at=2, ms=3, name="insert", service="db", error=ErrorLevel.HARD, error_message="boom"),
        points(NO_SPAN, 4, body="aside", service="api"),
    )
    root, child = made.spans
    assert (root.span_id, root.parent_span_id, child.parent_span_id) == (span_id_text(1), None, span_id_text(1))
    assert (child.name, child.service, child.error, child.error_message) == ("insert", "db", ErrorLevel.HARD, "boom")
    assert ([line.body for line in made.lines], made.services, made.line_services) == (["aside"], ["api", "db"], ("api",))
    assert (made.start_ns, made.duration_ns) == (T0, 10 * MS)


def test_opaque_ids_show_their_text():
    key = hashed_key("step 2")
    made = to_trace(rebuild([whole(key), whole(1, key, at=1, ms=1)]), "t", {key: "step 2"})
    assert {span.span_id: span.parent_span_id for span in made.spans} == {"step 2": None, span_id_text(1): "step 2"}


def test_the_type_and_message_of_an_error_may_be_attributes():
    pairs = (Attribute("error.type", '"Throttled"'), Attribute("error.message", '"slow down"'))
    (span,) = dressed(whole(1, error=ErrorLevel.HARD, attributes=pairs)).spans
    assert (span.error_type, span.error_message, span.status) == ("Throttled", "slow down", "error")
    assert dressed(whole(1, attributes=pairs)).spans[0].error_message == ""


def test_of_several_values_the_ends_wins_then_the_starts_then_the_largest_number():
    def one(value: str) -> tuple[Attribute, ...]:
        return (Attribute("k", value),)

    found = lines(
        record(1, Role.POINT, 1, attributes=one("99")), record(1, Role.START, 0, attributes=one("98")),
        record(1, Role.END, 2, 2, attributes=one("3")), record(1, Role.END, 2, 2, attributes=one("12")),
        record(1, Role.END, 2, 2, attributes=one('"a"')),
    )  # fmt: skip
    assert chosen(found.attributes) == ({"k": 12}, {"k": (3, "a", 98, 99)})


def test_a_span_without_a_name_has_its_first_message_as_a_guess():
    (span,) = dressed(lines(record(1, at=2, body="later"), record(1, at=1, body="Fetched 12 rows for user-7"))).spans
    assert (span.name, span.name_rank) == ("Fetched * rows for *", Rank.GUESS)
    assert dressed(points(1, 0)).spans[0].name_rank == Rank.NONE


def test_a_masked_message_is_short():
    assert masked("a1 b  c2") == "* b *"
    assert len(masked("word " * 50)) == 60


def test_warnings_say_how_many_spans():
    made = dressed(whole(1, 1), whole(2, 2, at=50))
    assert made.warnings == ("2 spans named itself as parent",)
    assert dressed(whole(1)).warnings == ()


def test_a_summary_counts_what_was_seen():
    found = summary(
        rebuild([
            whole(1, 9, at=5, name="op", service="api", error=ErrorLevel.SOFT), whole(2, None, at=6, ms=2, service="db"),
            points(NO_SPAN, 40, service="edge"), points(NO_SPAN, 2, service=""),
        ]),
        "id",
    )  # fmt: skip
    assert found._asdict() == {
        "trace_id": "id", "root_service": "api", "root_name": "op", "start_ns": T0 + 2 * MS, "duration_ns": 38 * MS, "spans": 2,
        "services": 3, "errors": 1, "inferred": 1, "lines": 6, "partial": True, "lower_bound": False,
    }  # fmt: skip


def test_the_root_of_a_list_is_the_first_that_was_seen():
    assert root_of(rebuild([whole(1, 9), whole(2, at=50)])).span == 2
    assert root_of(rebuild([whole(1, 9), whole(2, 9, at=-5)])).span == 2
    assert root_of(rebuild([points(NO_SPAN, 1)])).span == NO_SPAN
    assert root_of(rebuild([])) is None


def test_a_trace_of_lines_without_times_is_a_trace():
    made = dressed(lines(record(NO_SPAN, at=None, body="Request processed")))
    assert (made.spans, made.duration_ns, [line.body for line in made.lines]) == ((), None, ["Request processed"])


def test_flags_that_need_the_whole_tree_are_found_on_both_paths():
    fragments = [whole(1), whole(2, 1, at=30)]
    assert rebuild(fragments).plain
    assert finished(drafts(fragments))[1].flags == repaired(drafts(fragments))[1].flags == Flag.OUTSIDE_PARENT


COUNT = 200_000


def long_chain():
    return [whole(key, key - 1, at=0, ms=1) for key in range(1, COUNT + 1)]


def wide_and_partial():
    return [whole(key, COUNT + 1, at=key, ms=0.5) for key in range(1, COUNT + 1)]


def guessed():
    return [whole(1, ms=COUNT), *(whole(key, None, at=key, ms=0.5) for key in range(2, COUNT + 1))]


def all_at_once():
    return [whole(1, ms=COUNT), *(whole(key, 9_999_999, at=1 + key / COUNT, ms=1000) for key in range(2, COUNT + 1))]


@pytest.mark.slow
@pytest.mark.parametrize("shape", [long_chain, wide_and_partial, guessed, all_at_once])
def test_a_large_trace_does_not_stall(shape):
    fragments = shape()
    began = process_time()
    assert sum(not span.phantom for span in rebuild(fragments).spans) == COUNT
    assert process_time() - began < 20
