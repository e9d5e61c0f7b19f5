from __future__ import annotations

import pytest

from logtrace.ids import hashed_key
from logtrace.model import UNKNOWN, Flag, Rank, Role
from logtrace.reconstruct.spans.drafts import EXPLICIT, REMOTE, ROOT, Draft, drafts, line_count
from tests.reconstruct.made import lines, points, whole
from tests.strategies import MS, T0, record


def test_a_draft_takes_its_parent_from_the_lines():
    for parent, expected in ((7, (7, EXPLICIT)), (0, (0, ROOT)), (None, (0, UNKNOWN))):
        (draft,) = drafts([whole(1, parent)])
        assert (draft.parent, draft.evidence) == expected


def test_a_parent_named_by_some_line_wins_over_none_said_by_another():
    (draft,) = drafts([whole(1, None), whole(1, 0), whole(1, 7)])
    assert (draft.parent, draft.flags) == (7, 0)


def test_many_parents_are_flagged_and_the_first_is_shown():
    (draft,) = drafts([lines(record(1, parent=9, at=0), record(1, parent=4, at=1))])
    assert draft.parent == 4
    assert draft.flags & Flag.MANY_PARENTS


def test_drafts_come_by_start_then_the_longest_then_the_key():
    fragments = [whole(1, at=5), whole(2, at=0, ms=3), whole(3, at=0, ms=9), whole(4, at=0, ms=3), lines(record(5, at=None))]
    assert [draft.key for draft in drafts(fragments)] == [3, 2, 4, 1, 5]


def test_fragments_of_one_span_and_service_are_one():
    start, end = lines(record(1, Role.START, 2)), lines(record(1, Role.END, 9, 7))
    (draft,) = drafts([end, start, end])
    assert (draft.start_ns, draft.duration_ns, draft.flags) == (T0 + 2 * MS, 7 * MS, 0)


def test_a_phantom_has_no_lines_and_no_end():
    phantom = Draft(7, None)
    assert phantom.phantom
    assert phantom.end_ns is None


WEAK = {"service_rank": Rank.WEAK}


def test_a_service_known_by_file_name_joins_the_one_that_lines_name():
    (draft,) = drafts([whole(1, service="api"), points(1, 4, service="0", **WEAK)])
    assert (draft.fragment.service, len(draft.fragment.lines)) == ("api", 3)


def test_lines_of_one_span_in_files_of_two_names_are_one_span():
    (draft,) = drafts([points(1, 4, service="b", **WEAK), points(1, 5, service="a", **WEAK)])
    assert len(draft.fragment.lines) == 2


@pytest.mark.parametrize("order", [1, -1])
def test_the_service_that_logged_the_span_owns_the_id_and_the_other_is_its_child(order):
    found = drafts([points(1, 0, 9, service="callee"), whole(1, 7, at=1, service="caller")][::order])
    owner, other = (next(d for d in found if d.fragment.service == name) for name in ("caller", "callee"))
    assert (owner.key, owner.parent) == (1, 7)
    assert (other.key, other.parent, other.evidence) == (hashed_key("1|callee"), 1, REMOTE)
    assert other.flags & Flag.REMOTE_SEGMENT


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_span_shared_by_client_and_server_the_client_is_the_parent(order):
    parts = [whole(1, 7, at=0, service="backend", kind="server"), whole(1, 7, at=1, service="frontend", kind="client")]
    found = {draft.fragment.service: draft for draft in drafts(parts[::order])}
    assert (found["frontend"].key, found["frontend"].parent) == (1, 7)
    assert (found["backend"].parent, found["backend"].evidence) == (1, REMOTE)
    assert found["backend"].flags & Flag.SHARED_ID


@pytest.mark.parametrize("order", [1, -1])
def test_what_the_server_half_called_is_its_child(order):
    parts = [
        whole(1, 7, at=0, service="backend", kind="server"), whole(1, 7, at=1, service="frontend", kind="client"),
        whole(2, 1, at=2, service="backend"), whole(3, 1, at=3, service="frontend"),
    ]  # fmt: skip
    found = {draft.key: draft.parent for draft in drafts(parts[::order])}
    assert found == {1: 7, hashed_key("1|backend"): 1, 2: hashed_key("1|backend"), 3: 1}


def test_the_earlier_of_two_equals_owns_the_id():
    found = drafts([points(1, 3, service="a"), points(1, 2, service="b")])
    assert {draft.fragment.service: draft.key for draft in found} == {"b": 1, "a": hashed_key("1|a")}


def test_copies_of_a_line_count_once():
    assert line_count(lines(record(1, at=None, text=5), record(1, at=3, text=5), record(1, at=None, text=6))) == 2
