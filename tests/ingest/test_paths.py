"""Folders, links and patterns."""

from __future__ import annotations

import os

import pytest

from logtrace.ingest.paths import expand


@pytest.fixture
def logs(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.log").write_text("x\n")
    return tmp_path


def test_a_link_to_a_folder_above_is_told_and_not_followed(logs):
    (logs / "a" / "again").symlink_to(logs)
    found, missing = expand([str(logs)])
    assert found == [str(logs / "a" / "x.log")]
    assert [(os.path.basename(path), reason.partition(":")[0]) for path, reason in missing] == [
        ("again", "a link to a folder that it is in")
    ]


def test_a_link_to_a_folder_elsewhere_is_followed(logs, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "y.log").write_text("y\n")
    (logs / "linked").symlink_to(elsewhere)
    assert expand([str(logs)]) == ([str(logs / "a" / "x.log"), str(logs / "linked" / "y.log")], [])


def test_two_names_of_one_file_are_one(logs):
    (logs / "b.log").symlink_to(logs / "a" / "x.log")
    assert len(expand([str(logs)])[0]) == 1
    assert len(expand([str(logs / "b.log"), str(logs / "a" / "x.log")])[0]) == 1


@pytest.mark.parametrize("name", ["x.log.zst", "x.jsonl.xz", "x.log.1.bz2", "logs.zip", "logs-2025-03-14.tar.gz", "app_logs.tgz"])
def test_compressed_files_and_archives_of_logs_are_found_by_name(tmp_path, name):
    (tmp_path / name).write_text("x")
    assert expand([str(tmp_path)])[0] == [str(tmp_path / name)]


@pytest.mark.parametrize("name", ["logo.zip", "catalogue.tar", "source.tar.gz", ".x.log"])
def test_other_archives_are_no_logs(tmp_path, name):
    (tmp_path / name).write_text("x")
    assert expand([str(tmp_path)])[0] == []


def test_a_link_that_leads_to_itself_is_told_and_passed(logs):
    (logs / "loop.log").symlink_to("loop.log")
    files, missing = expand([str(logs)])
    assert files == [str(logs / "a" / "x.log")]
    assert [path for path, _ in missing] == [str(logs / "loop.log")]
