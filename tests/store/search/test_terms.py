"""The words of traces: found by rows as by trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from logtrace.jobs.intake import work
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.terms import documents
from tests.jobs.stores import take, write
from tests.store.search.test_traces import told


@pytest.mark.parametrize("inline", [False, True])
def test_words_are_the_same_by_rows_and_by_trace(inline: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if inline:
        monkeypatch.setattr(work, "_DISTINCT", 1)
    take(tmp_path / "s.db", write(tmp_path / "a.log", [line for lines in told() for line in lines]))
    with FragmentReader(tmp_path / "s.db") as reader:
        rows: dict[int, list[int]] = {}
        for low, row_id in reader.stream("SELECT trace_low, id FROM span ORDER BY id"):
            rows.setdefault(low, []).append(row_id)
        lows = sorted(rows)
        found = documents(reader, lows, [])
        assert documents(reader, lows, [rows[low] for low in lows]) == found
        assert [low for low, _ in found] == lows and any(words.count(" ") > 3 for _, words in found)
        others = documents(reader, lows, [rows[low] for low in reversed(lows)])
        assert [words for _, words in others] == [words for _, words in reversed(found)]
