"""What files are packed in, and what is damaged in it."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import random
import zlib
from typing import Any

import pytest
import zstandard

from logtrace.ingest.files import compression
from logtrace.ingest.files.compression import Budget, DamagedError, unpacked

TEXT = b"".join(b'{"n":%d,"msg":"\xc3\xbc"}\n' % n for n in range(5000))
PACKED = {
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "utf-16": lambda data: data.decode().encode("utf-16"),
}
NOISE = b"\n".join(line.hex().encode() for line in (random.Random(n).randbytes(600) for n in range(1500)))
"""Compresses to many blocks."""
each = pytest.mark.parametrize("kind", PACKED)


def read(data: bytes, size: int = 1000, *, member: bool = False) -> tuple[bytes, str]:
    stream, kind = unpacked(io.BytesIO(data), Budget(len(data)), member=member)
    return b"".join(iter(lambda: stream.read(size), b"")), kind


@each
def test_the_bytes_come_unpacked(kind):
    assert read(PACKED[kind](TEXT)) == (TEXT, kind)


def test_what_is_not_packed_stays():
    assert read(TEXT) == (TEXT, "file")
    assert read(TEXT, member=True) == (TEXT, "file")
    assert read(b"") == (b"", "file")


@pytest.mark.parametrize(("head", "packer"), [(b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip"), (b"\x1f\x9d\x90ab\n", "compress")])
def test_what_others_packed_is_named(head, packer):
    for data in (head + TEXT, gzip.compress(head + TEXT)):
        with pytest.raises(DamagedError, match=packer):
            read(data)


@pytest.mark.parametrize("kind", ["gzip", "zstd", "bzip2", "xz"])
def test_several_members_follow_each_other(kind):
    pack = PACKED[kind]
    assert read(pack(TEXT) + pack(b"more\n"))[0] == TEXT + b"more\n"


def test_frames_of_zstd_that_are_to_be_skipped_are():
    skipped = b"\x5f\x2a\x4d\x18\x04\0\0\0size"
    assert read(skipped + zstandard.compress(TEXT) + skipped * 2 + zstandard.compress(TEXT) + skipped) == (TEXT * 2, "zstd")


def test_one_in_another():
    assert read(gzip.compress(zstandard.compress(TEXT.decode().encode("utf-16"))))[0] == TEXT
    assert read(gzip.compress(gzip.compress(gzip.compress(TEXT))))[0] == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32"])
def test_other_wide_letters(encoding):
    assert read(TEXT.decode().encode(encoding)) == (TEXT, "utf-16")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("size", [1, 1000])
def test_a_writer_that_went_on_in_another_form(encoding, size):
    text = TEXT[: TEXT.index(b"\n", 9100) + 1]
    assert len(text) % 2, "what goes on need not begin at an even place"
    wide = text.decode()
    data = wide.encode(encoding) + text + wide.encode("utf-16") + text + text
    assert read(data, size) == (text * 5, "utf-16")


def test_letters_of_two_bytes_are_no_other_form():
    for text in ("中文日志测试" * 900, "журнал событий " * 500, "x" * 5000, "\n"):
        assert read(text.encode("utf-16")) == (text.encode(), "utf-16")


def broken(data: bytes) -> tuple[bytes, str]:
    """What can be read of damaged data, and why no more."""
    stream, _ = unpacked(io.BytesIO(data), Budget(len(data)))
    found = bytearray()
    try:
        while more := stream.read(100):
            found += more
    except DamagedError as error:
        return bytes(found), str(error)
    return bytes(found), "nothing was found to be wrong"


@pytest.mark.parametrize("kind", ["gzip", "zstd", "bzip2", "xz"])
def test_what_is_cut_off_is_said_and_what_came_before_is_good(kind):
    packed = PACKED[kind](NOISE)
    found, reason = broken(packed[: len(packed) * 3 // 4])
    assert len(NOISE) // 3 < len(found) < len(NOISE)
    assert NOISE.startswith(found)
    assert "cut off" in reason


DECOMPRESSORS = {
    "gzip": lambda: zlib.decompressobj(31),
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
}


@pytest.mark.slow
@pytest.mark.parametrize("data", [TEXT, NOISE], ids=["text", "noise"])
@pytest.mark.parametrize("kind", DECOMPRESSORS)
def test_all_that_can_be_decompressed_before_the_cut_is_given(kind, data):
    for part in (0.5, 0.8, 0.99):
        cut = PACKED[kind](data)
        cut = cut[: int(len(cut) * part)]
        there = DECOMPRESSORS[kind]().decompress(cut)
        if there:
            assert broken(cut)[0] == there
    assert there or kind in ("bzip2", "zstd")  # all the text is one block


def test_what_is_cut_off_inside_of_another():
    cut = gzip.compress(gzip.compress(NOISE))[:-100_000]
    there = zlib.decompressobj(31).decompress(zlib.decompressobj(31).decompress(cut))
    assert broken(cut)[0] == there


@pytest.mark.parametrize("kind", ["gzip", "zstd", "bzip2", "xz"])
def test_what_is_damaged_in_the_middle(kind):
    packed = bytearray(PACKED[kind](NOISE))
    packed[len(packed) // 2 :] = b"\xff" * (len(packed) - len(packed) // 2)
    found, reason = broken(bytes(packed))
    assert len(found) > len(NOISE) // 3
    assert NOISE.startswith(found[: len(NOISE) // 3])
    assert reason.startswith("damaged")


@pytest.mark.parametrize("kind", ["gzip", "zstd", "bzip2", "xz"])
def test_a_file_that_only_starts_like_a_compressed_one(kind):
    with pytest.raises(DamagedError, match="damaged"):
        read(PACKED[kind](TEXT)[:6] + b"no")


@pytest.mark.parametrize("kind", ["gzip", "zstd", "bzip2", "xz"])
def test_a_bomb_is_no_longer_read_than_the_limit(kind, monkeypatch):
    monkeypatch.setattr(compression, "ALWAYS_ALLOWED", 1 << 20)
    packed = PACKED[kind](b"0" * (8 << 20))
    found, reason = broken(packed)
    assert len(found) <= max(1 << 20, len(packed) * compression.RATIO)
    assert "archive bomb" in reason


def test_a_budget_is_shared_by_all_that_spend_of_it():
    budget = Budget(10)
    budget.spend(compression.ALWAYS_ALLOWED)
    with pytest.raises(DamagedError):
        budget.spend(1)


class Failing(io.BytesIO):
    """A file of which the disk gives no more after some reads, at last none at all."""

    def __init__(self, data: bytes, reads: int) -> None:
        super().__init__(data)
        self._reads = reads

    def readinto(self, buffer: Any) -> int:
        self._reads -= 1
        if self._reads < 0:
            raise OSError(errno.EIO, "the disk")
        data = self.read(min(50, len(buffer)))
        buffer[: len(data)] = data
        return len(data)


def read_all(data: io.BytesIO) -> None:
    stream, _ = unpacked(data, Budget(1 << 40))
    while stream.read(1000):
        pass


@pytest.mark.slow
@each
@pytest.mark.parametrize("reads", [0, 1, 2, 3, 20])
def test_what_the_disk_does_not_give_is_no_damage(kind: str, reads: int):
    with pytest.raises(OSError, match="the disk") as raised:
        read_all(Failing(PACKED[kind](NOISE), reads))
    assert (type(raised.value), raised.value.errno) == (OSError, errno.EIO)
