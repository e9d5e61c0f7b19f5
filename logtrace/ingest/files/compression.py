"""What files are packed in: compression (gzip, zstd, bzip2, xz, also one in another), UTF-16 and tables, taken off while
reading.

What can't be read on raises DamagedError with words for people; all that came before it is good.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO, Protocol, cast

import zstandard

from logtrace.ingest.files.tables import HEAD as TABLE_HEAD
from logtrace.ingest.files.tables import Rows, table_of
from logtrace.patterns import lazy_pattern

RATIO = 250
"""Logs get some 10 to 60 times smaller; what grows more than this is no log."""

ALWAYS_ALLOWED = 64 << 20
"""Bytes that any file, and any member of an archive, may expand to."""

_LAYERS = 3
_ZSTD_STEP = 1024
"""Compressed bytes given to zstd at a time: they make 32 MB at most."""

_ERRORS = (
    *(OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError),
    *(zipfile.BadZipFile, tarfile.TarError, NotImplementedError),
)


class DamagedError(OSError):
    """Data that can't be read (on); the message says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(None, reason)
        self.strerror = reason

    def __str__(self) -> str:
        return str(self.strerror)


class Stream(Protocol):
    """What reading needs of a file."""

    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...
    def __enter__(self) -> Stream: ...
    def __exit__(self, *exc: object) -> None: ...


class Budget:
    """How many bytes something may expand to, all that is packed in it together.

    packed  how many bytes it is packed in: a number, or what tells how many of them were read by now
    times   it may expand to so many times ALWAYS_ALLOWED in any case
    above   what the same bytes are counted for as well: the budget of a whole archive
    """

    def __init__(self, packed: int | Callable[[], int], *, times: int = 1, above: Budget | None = None) -> None:
        self._packed = packed
        self._always = times * ALWAYS_ALLOWED
        self._above = above
        self._spent = 0

    def spend(self, count: int) -> None:
        """Counts bytes. Raises DamagedError once there are too many."""
        self._spent += count
        packed = self._packed if isinstance(self._packed, int) else self._packed()
        if self._spent > max(self._always, packed * RATIO):
            raise DamagedError(
                f"it expands to more than {RATIO} times its size, as an archive bomb does; "
                "what came before is kept, the rest is not read"
            )
        if self._above is not None:
            self._above.spend(count)


def unpacked(raw: BinaryIO, budget: Budget, *, member: bool = False) -> tuple[Stream, str]:
    """(the bytes of an open file as UTF-8 without compression, what was outermost: file, gzip, zstd, bzip2, xz, utf-16
    or csv).

    member: the file is part of an archive, so that its own bytes may be packed as well.
    """
    kinds: list[str] = []
    plain: io.BufferedReader[Any] = io.BufferedReader(cast(io.RawIOBase, raw))
    inner = _Steady(plain.read1)
    head = _head(lambda: plain.peek(8)[:8], raw)
    while True:
        kind, reader = _kind(head)
        if reader is None or len(kinds) == _LAYERS:
            break
        kinds.append(kind)
        inner = _Steady(reader(cast(BinaryIO, _Ending(inner))).read1, inner)
        head = _head(partial(inner.peek, 8), raw)
    table = table_of(inner.peek(TABLE_HEAD) if kinds else plain.peek(TABLE_HEAD)[:TABLE_HEAD])
    if table is not None:
        kinds.append("csv")
        inner = _Steady(Rows(_Ending(inner), table).read1, inner)
    if not kinds and not member:
        return cast(Stream, plain), "file"
    return _Expanding(inner, raw, budget), kinds[0] if kinds else "file"


def _head(peek: Callable[[], bytes], raw: BinaryIO) -> bytes:
    try:
        head = peek()
    except DamagedError:
        raise
    except EOFError as error:
        raw.close()
        raise DamagedError("damaged: it starts like a compressed file and is cut off") from error
    except _ERRORS as error:
        raw.close()
        if _is_of_disk(error):
            raise
        raise DamagedError("damaged: it starts like a compressed file and can't be decompressed") from error
    packer = next((name for magic, name in _NOT_READ.items() if head.startswith(magic)), "")
    if packer:
        raw.close()
        raise DamagedError(f"packed with {packer}, which is not read here; what lies in it is, once it is unpacked")
    return head


def _is_of_disk(error: Exception) -> bool:
    """Whether not the data are wrong, but what gives them: they may be good, and be read another time."""
    return bool(getattr(error, "errno", None))


_NOT_READ = {
    b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!\x1a\x07": "RAR", b"\x04\x22\x4d\x18": "LZ4", b"\x1f\x9d": "compress",
    b"LZIP\x01": "lzip", b"\x89LZO\0": "lzop", b"\xff\x06\0\0sNaP": "Snappy",
}  # fmt: skip
"""How what others packed begins."""


def _kind(head: bytes) -> tuple[str, _Reader | None]:
    """The kind of what begins so, and what reads it."""
    for magic, kind, reader in _MAGIC:
        if head.startswith(magic):
            return kind, reader
    if head[1::2] == b"\0\0\0\0" and b"\0" not in head[::2]:
        return "utf-16", _transcoded("utf-16-le")  # without its mark: NUL after every letter
    if head[::2] == b"\0\0\0\0" and b"\0" not in head[1::2]:
        return "utf-16", _transcoded("utf-16-be")
    return "file", None


class _Steady:
    """A reader that gives what there is before it says what is wrong: the usual ones forget what they have read of a piece
    that they can't complete.

    read1   gives up to so many bytes, b"" at the end
    below   what it reads from, if that may go wrong first
    """

    def __init__(self, read1: Callable[[int], bytes], below: _Steady | None = None) -> None:
        self._read1 = read1
        self._below = below
        self._ready = bytearray()
        self.error: Exception | None = None

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; b"" at the end."""
        if not self._ready and self.error is None and (data := self._more(size)):
            return data  # as it came: what is put together is copied three times
        data = self.peek(size)
        del self._ready[: len(data)]
        return data

    def peek(self, size: int, /) -> bytes:
        """What `read` will give."""
        while len(self._ready) < size and self.error is None:
            data = self._more(size - len(self._ready))
            if not data:
                break
            self._ready += data
        if self.error is not None and not self._ready:
            raise self.error
        return bytes(self._ready[:size])

    def _more(self, size: int) -> bytes:
        data = b""
        try:
            data = self._read1(size)
        except (EOFError, *_ERRORS) as error:
            self.error = error
        if not data and self._below is not None:
            self.error = self._below.error or self.error
        return data


class _Ending:
    """A reader for decompressors, to which an error below looks like the end: they give all that they hold then."""

    def __init__(self, inner: _Steady) -> None:
        self._inner = inner

    def read(self, size: int, /) -> bytes:
        try:
            return self._inner.read(size)
        except (EOFError, *_ERRORS):
            return b""


class _Expanding:
    """A decompressing stream: counts what it gives, words its errors."""

    def __init__(self, inner: _Steady, raw: BinaryIO, budget: Budget) -> None:
        self._inner = inner
        self._raw = raw
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; b"" at the end. Raises DamagedError."""
        try:
            data = self._inner.read(size)
        except DamagedError:
            raise
        except EOFError as error:
            raise DamagedError("damaged: the compressed data is cut off; what came before is kept") from error
        except _ERRORS as error:
            if _is_of_disk(error):
                raise
            raise DamagedError(f"damaged: it can't be read any further ({error}); what came before is kept") from error
        self._budget.spend(len(data))
        return data

    def close(self) -> None:
        """Closes the file below."""
        self._raw.close()

    def __enter__(self) -> _Expanding:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Zstd:
    """Frames of zstd, one after the other. (The library's own reader takes a cut frame for a whole one.)"""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._packed = b""
        self._ready = io.BytesIO()  # it may hold very much of what is read in small pieces

    def read1(self, size: int, /) -> bytes:
        """Raises EOFError where a frame is cut off."""
        while not (data := self._ready.read(size)):
            self._packed = self._packed or self._inner.read(_ZSTD_STEP)
            if not self._packed:
                if self._frame is not None:
                    raise EOFError
                return b""
            self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
            self._ready = io.BytesIO(self._frame.decompress(self._packed))
            self._packed = self._frame.unused_data
            if self._frame.eof:
                self._frame = None
        return data


class _Transcoded:
    """UTF-16 or UTF-32 read as UTF-8; what is neither is replaced. Offsets count the UTF-8 bytes.

    What a writer with other settings appended is passed on as it is: from a run of UTF-8 that is no text in two bytes a letter,
    up to a mark of either form.
    """

    def __init__(self, inner: BinaryIO, encoding: str) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = self._held = b""
        self._ended = self._plain = False

    def read1(self, size: int, /) -> bytes:
        while not self._ready and not self._ended:
            data = self._inner.read(io.DEFAULT_BUFFER_SIZE)
            self._ended = not data
            self._held += data
            while (found := self._turn()) is not None:
                self._take(found)
                self._plain = not self._plain
                if not self._plain:
                    self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
            self._take(len(self._held) if self._ended else max(0, len(self._held) - _LONGEST_RUN) & ~3)
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def _turn(self) -> int | None:
        """Where what is held goes on in the other form; None where it does not."""
        found = (_MARK if self._plain else _PLAIN).search(self._held)
        return None if found is None else found.start() if self._plain else found.start() + found.start() % 2

    def _take(self, count: int) -> None:
        data, self._held = self._held[:count], self._held[count:]
        last = self._ended and not self._held
        self._ready += data if self._plain else self._decoder.decode(data, final=last).encode("utf-8", "replace")


_RUN = 48
_PLAIN = lazy_pattern(rb"(?:[\t\n\r -~]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}){%d}" % _RUN)
_LONGEST_RUN = 3 * _RUN
_MARK = lazy_pattern(rb"\xff\xfe|\xfe\xff")


def _transcoded(encoding: str) -> _Reader:
    return lambda inner: _Transcoded(inner, encoding)


class _Reads(Protocol):
    def read1(self, size: int, /) -> bytes: ...


_Reader = Callable[[BinaryIO], _Reads]
_MAGIC: tuple[tuple[bytes, str, _Reader], ...] = (
    (b"\x1f\x8b", "gzip", lambda inner: gzip.GzipFile(fileobj=inner, mode="rb")),
    (b"\x28\xb5\x2f\xfd", "zstd", _Zstd),
    *((bytes([first]) + b"\x2a\x4d\x18", "zstd", _Zstd) for first in range(0x50, 0x60)),  # a frame to skip, as pzstd's first is
    (b"BZh", "bzip2", bz2.BZ2File),
    (b"\xfd7zXZ\0", "xz", lzma.LZMAFile),
    (b"\xff\xfe\0\0", "utf-16", _transcoded("utf-32")),
    (b"\xff\xfe", "utf-16", _transcoded("utf-16")),
    (b"\xfe\xff", "utf-16", _transcoded("utf-16")),
)
