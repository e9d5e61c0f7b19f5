"""Folders, links and patterns."""

from __future__ import annotations

import os
import tarfile
import zipfile

import pytest

from logtrace.ingest.files.paths import expand


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


def zipped(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x\n")


def test_archives_in_a_folder_count_where_a_member_is_named_like_a_log(tmp_path):
    zipped(tmp_path / "a.zip", "notes.txt", "deep/x.log.1")
    zipped(tmp_path / "code.zip", "package.json", "readme.txt", "logo.png")
    zipped(tmp_path / "logs.zip", "readme.txt")
    for name, inside in (("b.tar.gz", "x.jsonl"), ("source.tgz", "main.c")):
        with tarfile.open(tmp_path / name, "w:gz") as archive:
            archive.add(tmp_path / "a.zip", inside)
    files, missing = expand([str(tmp_path)])
    assert [os.path.basename(file) for file in files] == ["a.zip", "b.tar.gz", "logs.zip"]
    assert missing == []


def test_an_archive_that_is_written_on_is_looked_at_again(tmp_path):
    zipped(tmp_path / "a.zip", "readme.txt")
    assert expand([str(tmp_path)])[0] == []
    zipped(tmp_path / "a.zip", "readme.txt", "x.log")
    assert expand([str(tmp_path)])[0] == [str(tmp_path / "a.zip")]


def test_a_cut_archive_in_a_folder_is_kept_for_the_account(tmp_path):
    zipped(tmp_path / "a.zip", "readme.txt")
    (tmp_path / "b.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:60])
    assert expand([str(tmp_path)]) == ([str(tmp_path / "b.zip")], [])


def test_what_is_named_like_a_log_and_is_no_file_is_told(logs):
    (logs / "gone.log").symlink_to("nowhere")
    (logs / "current").symlink_to("nowhere")
    os.mkfifo(logs / "pipe.log")
    os.mkfifo(logs / "control")
    files, missing = expand([str(logs)])
    assert files == [str(logs / "a" / "x.log")]
    assert [(os.path.basename(path), reason) for path, reason in missing] == [
        ("gone.log", "a link to a file that is not there"), ("pipe.log", "not a regular file")
    ]  # fmt: skip


def test_files_of_folders_that_are_not_named_like_logs_are_told_but_for_hidden_ones_and_those_that_are_named(logs):
    for name in ("messages", "notes.md", "logo.zip", ".hidden", "core"):
        (logs / "a" / name).write_text("x")
    (logs / "gone").symlink_to("nowhere")
    left_out: list[str] = []
    expand([str(logs), str(logs / "a"), str(logs / "a" / "notes.md")], left_out)
    assert left_out == [str(logs / "a" / name) for name in ("core", "logo.zip", "messages")]
