"""What is piped in is read like a file: also packed, as a table, or cut off."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from logtrace import api
from logtrace.account import Account
from tests.jobs.stores import views

LOG = (Path(__file__).parents[3] / "fixtures" / "anatomy" / "logs" / "edge-mcp.log").read_bytes()
BOMB = b'{"trace_id":"%b"}\n' % (b"0" * (1 << 20))


def piped(data: bytes, store: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))  # type: ignore[type-var]
    return api.ingest(["-"], store)


@pytest.mark.parametrize(
    "packed",
    [
        bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.compress, lambda log: gzip.compress(zstandard.compress(log)),
        lambda log: log.decode().encode("utf-16"),
    ],
    ids=["plain", "gzip", "bzip2", "xz", "zstd", "zstd in gzip", "UTF-16"],
)  # fmt: skip
def test_what_is_packed_gives_the_same(packed: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    account = piped(packed(LOG), tmp_path / "piped.db", monkeypatch)
    assert (account.lines_read, account.lines_rejected) == (LOG.count(b"\n"), 0)
    piped(LOG, tmp_path / "plain.db", monkeypatch)
    assert views(tmp_path / "piped.db") == views(tmp_path / "plain.db")


def test_an_exported_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = [b'"%b"' % line.replace(b'"', b'""') for line in LOG.splitlines()]
    table = b"\n".join([b'"@timestamp","@message"', *(b'"2024-01-10 14:31:09.500",' + row for row in rows)]) + b"\n"
    account = piped(table, tmp_path / "s.db", monkeypatch)
    assert (account.lines_read, account.lines_rejected) == (len(rows), 0)


def test_what_is_cut_off_is_told_and_what_came_before_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    packed = gzip.compress(LOG)
    account = piped(packed[: len(packed) * 2 // 3], tmp_path / "s.db", monkeypatch)
    assert 0 < account.lines_used < LOG.count(b"\n")
    assert [(path, reason.partition(";")[0]) for path, reason in account.files_unreadable] == [
        ("-", "damaged: the compressed data is cut off")
    ]


def test_a_bomb_ends_at_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("logtrace.ingest.files.compression.ALWAYS_ALLOWED", 2 << 20)
    account = piped(gzip.compress(LOG + BOMB * 4), tmp_path / "s.db", monkeypatch)
    assert account.lines_read >= LOG.count(b"\n")
    assert ["archive bomb" in reason for _, reason in account.files_unreadable] == [True]


def test_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert "nothing was piped in" in piped(b"", tmp_path / "s.db", monkeypatch).notes
