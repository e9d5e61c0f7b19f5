from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.pieces import blocks
from logtrace.ingest.pieces.blocks import Block, file_blocks, stream_blocks

PARTIAL = b"2025-11-10T19:36:18.1Z stdout P "
FINAL = b"2025-11-10T19:36:18.2Z stdout F "


@pytest.fixture
def small(monkeypatch):
    """Blocks of a few bytes, so that short texts have many."""
    for name, size in (("BLOCK", 64), ("_STEP", 16), ("MAX_LINE", 200)):
        monkeypatch.setattr(blocks, name, size)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("blocks") / "x.log"


def of_file(path: Path, data: bytes, start: int = 0) -> list[Block]:
    """The blocks of a file with their data read."""
    path.write_bytes(data)
    return [block._replace(data=data[block.start : block.end]) for block in file_blocks(str(path), start, len(data))]


def of_stream(_: Path, data: bytes, start: int = 0) -> list[Block]:
    return list(stream_blocks(io.BytesIO(data), start))


READERS = pytest.mark.parametrize("read", [of_file, of_stream])


def holds(found: list[Block], data: bytes, start: int = 0) -> None:
    """What must be true of the blocks of any data."""
    assert [block.start for block in found] == [start, *(block.end for block in found)][: len(found)]
    assert (found[-1].end if found else start) == len(data)
    for block in found:
        assert block.end > block.start
        text = data[block.start : block.end]
        if block.too_long:
            assert text.count(b"\n") <= 1
            assert len(text) > blocks.MAX_LINE
        else:
            assert block.data == text
            assert block.unfinished == (not text.endswith((b"\n", b"\n}", b"\n]")))
            assert not block.unfinished or block is found[-1]
        if block is not found[-1]:
            assert text.endswith(b"\n")


line = st.sampled_from([b"", b"x", b'{"a":1}', b'{"a":1}\r', b"y" * 50, b"z" * 70, b"w" * 199, b"v" * 230, b"u" * 700])
texts = st.builds(lambda lines, end: b"\n".join(lines) + end, st.lists(line, max_size=12), st.sampled_from([b"", b"\n"]))


@READERS
@given(data=texts, cut=st.floats(0, 1))
def test_blocks_are_the_file_and_end_at_line_ends(read, path, data, cut):
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("BLOCK", 64), ("_STEP", 16), ("MAX_LINE", 200)):
            patch.setattr(blocks, name, size)
        holds(read(path, data), data)
        start = data.rfind(b"\n", 0, int(cut * len(data))) + 1
        holds(read(path, data, start), data, start)


@READERS
@pytest.mark.usefixtures("small")
def test_the_blocks_of_a_long_text_are_many_and_short(read, path):
    data = b"x" * 9 + b"\n"
    found = read(path, data * 100)
    assert len(found) > 10
    assert max(block.end - block.start for block in found) <= 64 + 16


@READERS
@pytest.mark.usefixtures("small")
def test_a_line_over_the_limit_is_a_block_without_data(read, path):
    data = b"a\n" + b"x" * 500 + b"\nb\n"
    found = read(path, data)
    assert [(block.start, block.end) for block in found if block.too_long] == [(2, 503)]
    assert b"".join(block.data for block in found if not block.too_long) == b"a\nb\n"


@READERS
@pytest.mark.usefixtures("small")
def test_partial_lines_stay_in_one_block(read, path):
    logical = b"".join(PARTIAL + b"x" * 10 + b"\n" for _ in range(2)) + FINAL + b"end\n"
    data = (FINAL + b"one\n" + logical) * 10
    found = read(path, data)
    holds(found, data)
    assert len(found) > 3
    assert all(block.data.splitlines()[-1].startswith(FINAL) for block in found)


@READERS
def test_nothing_has_no_blocks(read, path):
    assert read(path, b"") == []


def test_a_stream_that_ends_before_the_start_has_no_blocks():
    assert list(stream_blocks(io.BytesIO(b"a\nb\n"), 100)) == []


def test_a_file_that_got_shorter_says_so(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"x\n")
    with pytest.raises(OSError, match="got shorter"):
        list(blocks.file_blocks(str(path), 2, 40_000_000))


@READERS
@pytest.mark.parametrize(("end", "unfinished"), [(b"}", False), (b"]", False), (b'"a": 1}', True), (b"x", True)])
def test_a_bracket_that_ends_a_file_ends_its_document_without_a_line_end(path, read, end, unfinished):
    data = b'{\n  "a": 1\n' + end
    found = read(path, data)
    holds(found, data)
    assert [block.unfinished for block in found] == [False, True][: 1 + unfinished]
