"""Many lines decoded in one go into structs of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar

import msgspec

T = TypeVar("T")


def structs(decoder: msgspec.json.Decoder[T], lines: Sequence[bytes]) -> Sequence[T | None]:
    """Each line decoded, None where it is no line of that shape."""
    if all(line[:1] == b"{" and line[-1:] == b"}" for line in lines):
        # no object reaches over a line's end without changing the number of them
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            found = decoder.decode_lines(b"\n".join(lines))
            if len(found) == len(lines):
                return found
    return [_struct(decoder, line) for line in lines]


def _struct(decoder: msgspec.json.Decoder[T], line: bytes) -> T | None:
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        return decoder.decode(line)
    return None
