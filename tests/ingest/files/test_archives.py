"""Archives of logs."""

from __future__ import annotations

import gzip
import io
import lzma
import math
import os
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
import zstandard

from logtrace.ingest.files import archives, compression
from logtrace.ingest.files.compression import DamagedError
from logtrace.ingest.files.sources import Opened, Unreadable, inspect, open_stream

LOGS = {"var/log/edge-mcp.log": b'{"a":1}\n' * 500, "var/log/worker.log.1.gz": gzip.compress(b'{"b":2}\n'), "notes.md": b"no log"}
INSIDE = {"var/log/edge-mcp.log": b'{"a":1}\n' * 500, "var/log/worker.log.1.gz": b'{"b":2}\n'}


def tar(path, mode="w", logs=LOGS):
    with tarfile.open(path, mode) as archive:
        for name, data in logs.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def packed(folder, kind, logs=LOGS):
    path = str(folder / f"logs.{kind}")
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in logs.items():
                archive.writestr(name, data)
    elif kind == "tar.zst":
        tar(folder / "plain.tar", logs=logs)
        (folder / "logs.tar.zst").write_bytes(zstandard.compress((folder / "plain.tar").read_bytes()))
    else:
        tar(path, {"tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}[kind], logs)
    return path


each = pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"])


def whole(stream) -> bytes:
    with stream:
        return b"".join(iter(lambda: stream.read(700), b""))


def broken(stream) -> tuple[bytes, str]:
    """What can be read, and why no more; "" where that is all."""
    found = b""
    try:
        while more := stream.read(10_000):
            found += more
    except DamagedError as error:
        return found, str(error)
    return found, ""


@each
def test_each_log_in_an_archive_is_a_file(tmp_path, kind):
    path = packed(tmp_path, kind)
    found = {}
    for opened in inspect(path):
        assert isinstance(opened, Opened)
        assert opened.head == INSIDE[opened.path[len(path) + 1 :]][:1024]
        found[opened.path[len(path) + 1 :]] = whole(opened.open())
        assert whole(opened.open()) == found[opened.path[len(path) + 1 :]]  # again, from the start
    assert found == INSIDE


@each
def test_a_member_is_found_by_its_path(tmp_path, kind):
    path = packed(tmp_path, kind)
    for name, data in INSIDE.items():
        assert whole(open_stream(f"{path}/{name}", kind.partition(".")[0])) == data
    with pytest.raises(OSError, match="no such member"):
        open_stream(f"{path}/nowhere.log", kind.partition(".")[0])


def test_a_member_whose_name_is_no_text_is_read(tmp_path: Path):
    with tarfile.open(tmp_path / "logs.tar", "w") as archive:
        member = tarfile.TarInfo("caf\udce9.log")
        member.size = len(data := b'{"a":1}\n' * 500)
        archive.addfile(member, io.BytesIO(data))
    opened = next(inspect(str(tmp_path / "logs.tar")))
    assert isinstance(opened, Opened) and opened.path.endswith("/caf\\xe9.log")
    assert whole(open_stream(opened.path, "tar")) == data


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.zst"])
def test_what_comes_before_the_cut_is_read(tmp_path, kind):
    logs = {f"{n}.log": os.urandom(30_000).hex().encode() + b"\n" for n in range(5)}
    path = tmp_path / "whole.tar"
    tar(path, logs=logs)
    data = {"tar": bytes, "tar.gz": gzip.compress, "tar.zst": zstandard.compress}[kind](path.read_bytes())
    cut = tmp_path / f"cut.{kind}"
    cut.write_bytes(data[: len(data) // 2])
    read, reasons = b"", []
    for opened in inspect(str(cut)):
        if isinstance(opened, Unreadable):
            reasons.append(opened.reason)
            continue
        stream = opened.open()
        try:
            while more := stream.read(500):
                read += more
        except OSError as error:
            reasons.append(str(error))
    if kind == "tar":  # all that is there: a block of 512 bytes before each file
        assert read == b"".join(
            cut.read_bytes()[at : at + 60_001] for at in range(512, len(data) // 2, 512 * (1 + math.ceil(60_001 / 512)))
        )
    assert b"".join(logs.values()).startswith(read)
    assert len(read) > (128_000 if kind == "tar.zst" else 149_000)  # zstd's blocks of 128 KiB are whole or nothing
    assert reasons
    assert all("cut off" in reason or "damaged" in reason for reason in reasons)


def test_a_zip_that_is_cut_off(tmp_path):
    path = packed(tmp_path, "zip")
    data = Path(path).read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    (found,) = inspect(str(tmp_path / "cut.zip"))
    assert isinstance(found, Unreadable)
    assert "damaged or cut off" in found.reason
    assert "is kept" not in found.reason  # nothing is


def test_an_archive_without_logs(tmp_path):
    tar(tmp_path / "x.tar", logs={"notes.md": b"x"})
    (found,) = inspect(str(tmp_path / "x.tar"))
    assert isinstance(found, Unreadable)
    assert "holds no log files" in found.reason


def test_a_locked_member_does_not_hide_the_others(tmp_path):
    path = packed(tmp_path, "zip")
    data = bytearray(Path(path).read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1  # the flag of encryption of the first member in the directory
    (tmp_path / "locked.zip").write_bytes(data)
    found = list(inspect(str(tmp_path / "locked.zip")))
    assert [type(one) for one in found] == [Unreadable, Opened]
    assert found[0].reason == "it is encrypted"


@each
def test_a_bomb_among_the_members_is_told_and_the_others_are_read(tmp_path, kind, monkeypatch):
    """Of a bare tar nothing is small: what is a bomb in it is compressed itself."""
    monkeypatch.setattr(compression, "ALWAYS_ALLOWED", 1 << 20)
    name = "bomb.log.xz" if kind == "tar" else "bomb.log"
    bomb = b"a b c\n" * (1 << 19)
    logs = {"a.log": b"a\n", name: lzma.compress(bomb) if kind == "tar" else bomb, "z.log": os.urandom(9000).hex().encode()}
    path = packed(tmp_path, kind, logs)
    read, reasons = {}, {}
    for opened in inspect(path):
        inside = os.path.basename(opened.path)
        read[inside], reasons[inside] = (b"", opened.reason) if isinstance(opened, Unreadable) else broken(opened.open())
    assert read["a.log"] == logs["a.log"]
    assert read["z.log"] == logs["z.log"]
    assert bomb.startswith(read[name])
    assert kind == "zip" or 900_000 < len(read[name]) <= 1 << 20  # a zip says beforehand how much it is
    assert {name: "archive bomb" in reason for name, reason in reasons.items() if reason} == {name: True}


def test_a_member_that_claims_to_be_larger_than_any_disk_ends_where_the_archive_does(tmp_path: Path):
    """tarfile would go on behind the end for as many blocks as were promised: minutes for each terabyte."""
    claim = tarfile.TarInfo("edge.log")
    claim.size = 1 << 40
    (tmp_path / "logs.tar").write_bytes(claim.tobuf() + b"{}\n")
    found = archives.members(str(tmp_path / "logs.tar"), "tar")
    started = time.process_time()
    assert next(found).data.read(3) == b"{}\n"
    with pytest.raises(DamagedError, match="cut off"):
        next(found)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_all_read(tmp_path: Path, kind: str):
    """As `tar -r` leaves them. By their name, size and time they would be one."""
    texts = [b'{"a":1}\n', b'{"b":2}\n', b'{"c":3}\n']
    path = str(tmp_path / f"logs.{kind}")
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for text in texts:
                archive.writestr("log/a.log", text)
    else:
        with tarfile.open(path, "w") as archive:
            for text in texts:
                info = tarfile.TarInfo("log/a.log")
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text))
    found = {opened.path: whole(opened.open()) for opened in inspect(path)}
    assert found == dict(zip((f"{path}/{name}" for name in ("log/a.log", "2/log/a.log", "3/log/a.log")), texts, strict=True))
    assert [whole(open_stream(place, kind)) for place in found] == texts


@pytest.mark.parametrize("size", ["-1", "-5000"])
def test_a_member_of_less_than_nothing_is_damage(tmp_path: Path, size: str):
    with tarfile.open(tmp_path / "logs.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.log")
        info.pax_headers = {"size": size}
        archive.addfile(info)
    (told,) = inspect(str(tmp_path / "logs.tar"))
    assert isinstance(told, Unreadable) and f"a member of {size} bytes" in told.reason


def test_a_checksum_behind_the_last_file_is_looked_at(tmp_path: Path):
    """Only the end of compressed data tells that what came before is not what was written."""
    tar(tmp_path / "whole.tar", logs={"a.log": b"x" * 30_000 + b"\n"})
    data = bytearray(gzip.compress((tmp_path / "whole.tar").read_bytes()))
    data[-6] ^= 1
    (tmp_path / "wrong.tar.gz").write_bytes(data)
    reasons = [opened.reason for opened in inspect(str(tmp_path / "wrong.tar.gz")) if isinstance(opened, Unreadable)]
    assert len(reasons) == 1 and "CRC" in reasons[0]
