"""What runs that were killed leave goes with the next; what a living one holds stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

from logtrace import api
from logtrace.jobs.intake.aside import aside
from tests.jobs.stores import story, take, write


def aged(folder: Path) -> None:
    os.utime(folder / "lock", (0, 0))


def test_a_folder_is_gone_with_its_block(tmp_path: Path):
    with aside(tmp_path, ".x-") as made:
        (made / "some").write_text("lines")
        assert made.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_goes_and_what_a_living_one_holds_stays(tmp_path: Path):
    dead, young = tmp_path / ".x-dead", tmp_path / ".x-young"
    for each in (dead, young):
        each.mkdir()
        (each / "lock").touch()
        (each / "some").write_text("lines")
    aged(dead)
    with aside(tmp_path, ".x-") as living:
        aged(living)
        with aside(tmp_path, ".x-") as other:
            assert sorted(tmp_path.iterdir()) == sorted([young, living, other])


def test_an_import_removes_what_a_killed_one_left(tmp_path: Path):
    take(tmp_path / "s.db", write(tmp_path / "a.log", story()))
    with api.open(tmp_path / "s.db") as store:
        (tmp_path / "a.json").write_bytes(b"".join(store.exported("jaeger")))
    left = tmp_path / ".logtrace-import-dead"
    left.mkdir()
    (left / "lock").touch()
    aged(left)
    api.import_traces([str(tmp_path / "a.json")], tmp_path / "t.db")
    assert not any(path.name.startswith(".logtrace-import-") for path in tmp_path.iterdir())


def test_the_time_of_an_import_has_all_of_it(tmp_path: Path):
    take(tmp_path / "s.db", write(tmp_path / "a.log", story()))
    with api.open(tmp_path / "s.db") as store:
        (tmp_path / "a.json").write_bytes(b"".join(store.exported("jaeger")))
    again = [api.import_traces([str(tmp_path / "a.json")], tmp_path / "t.db", progress=lambda *_: time.sleep(0.2)) for _ in "ab"][
        1
    ]
    assert again.lines_read == 0 and again.wall_s >= 0.2
