"""How much of an id has to be typed: as much as `find` needs, and no more than is shown of any id."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logtrace.jobs.verbs.store import Store
from logtrace.store.search.shortest import LEAST
from tests.jobs.stores import line, take, write
from tests.strategies import examples

XRAY = [f"65a1b2c3{n:02x}{'ab' * 11}" for n in range(3)]
"""X-Ray's ids begin with a second: requests of the same one share eight digits."""

KNOWN = [
    *XRAY,
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "65a1b2c300000001",  # 64 bits, and begins like the others
    "000000000000002a",
    "000000000000004d",
    "0000000000000004",  # is what 15 digits of the one before it are read as
    "6ba7b8109dad11d180b400c04fd430c8",
    "6ba7b810-9dad-11d1-80b4-00c04fd430c9",  # hashed, kept as text
    "65a1b2c3",  # somebody's own id, which is the beginning of others
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("shortest")
    lines = [line(trace, f"{n:016x}", n, "x", duration_ms=1) for n, trace in enumerate(KNOWN, 1)]
    take(path / "s.db", write(path / "a.log", lines))
    with Store(path / "s.db") as opened:
        yield opened


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.sampled_from(KNOWN), min_size=1, unique=True))
def test_what_is_shown_of_each_finds_it_alone(store: Store, some: list[str]) -> None:
    length = store.id_length(some)
    for text in some:
        (found,) = store.find(text.replace("-", "")[:length])
        assert found.trace_id.lstrip("0") == text.replace("-", "").lstrip("0")


def test_no_more_is_shown_than_that(store: Store) -> None:
    assert store.id_length(["4bf92f3577b34da6a3ce929d0e0e4736"]) == LEAST
    assert store.id_length([]) == LEAST
    assert store.id_length(XRAY[:1]) == len("65a1b2c3000")
