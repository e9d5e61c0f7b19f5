"""Waiting for files to change."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from logtrace.ingest.files import events
from logtrace.ingest.files.events import changes


def seconds_until_told(paths: list[str], act, ignore: Path) -> float:
    """How long after `act` the next change was told."""
    stop = threading.Event()
    news = changes(paths, stop, ignore)
    next(news)
    began = time.monotonic()
    act()
    next(news)
    stop.set()
    return time.monotonic() - began


@pytest.mark.parametrize("path", ["x.log", "*.log", "", "**/*.log", "later/*.log"])
def test_comes_back_at_a_change_or_after_a_second_and_ends_when_told(tmp_path, path):
    waited = seconds_until_told([str(tmp_path / path)], lambda: (tmp_path / "x.log").write_text("x\n"), tmp_path / "s.db")
    assert waited < 30


def test_ends_at_once_when_it_is_time_to_stop(tmp_path):
    stop = threading.Event()
    stop.set()
    assert list(changes([str(tmp_path)], stop, tmp_path / "s.db")) == []


@pytest.mark.slow
def test_without_events_it_looks_every_second(tmp_path, monkeypatch):
    def refused(*_args, **_more):
        raise OSError("no more watches")

    monkeypatch.setattr("watchfiles.watch", refused)
    stop = threading.Event()
    for count, _ in enumerate(changes([str(tmp_path)], stop, tmp_path / "s.db"), 1):
        if count == 2:
            stop.set()
    assert count == 2


@pytest.mark.parametrize(
    ("path", "folder"), [("a/x.log", "a"), ("a/*/x.log", "a"), ("a", "a"), ("later/y/x.log", ""), ("a/**/x", "a")]
)
def test_the_folder_to_watch(tmp_path, path, folder):
    (tmp_path / "a").mkdir()
    assert events._folder(str(tmp_path / path)) == str(tmp_path / folder)
