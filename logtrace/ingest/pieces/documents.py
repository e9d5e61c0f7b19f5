"""Documents: what stands on several lines of a file and is one thing all the same. Put together before anything is read.

    {                              [
      "name": "GET /",               { "a": 1 },        each element is a document of its own, however long the array is;
      "kind": 1                      {                  the brackets around it, alone in their lines, are no lines at all
    }                                  "a": 2
                                     }
                                   ]

An object opens with a line that is nothing but a brace, and closes with a brace that stands as far to the right (so does an
array inside of something else). Texts of
known formats open with a line that only they begin with (see `formats.blocks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from logtrace.ingest import envelopes
from logtrace.ingest.formats.blocks import BLOCKS, HEADS, Block
from logtrace.ingest.vocabulary.beginnings import WIDTH

if TYPE_CHECKING:
    import re2

MAX_DOCUMENT = 16 << 20
"""Bytes; lines of what is longer stand for themselves."""

CLOSING = (b"}", b"},", b"}]", b"]", b"],")
_LOOKED_BACK = 200
_LONGEST_BLOCK = 64
_BRACKETS = frozenset((b"[", b"]", b"],", b"[]", b","))
_LATER = tuple(later for block in BLOCKS for later in block.later)
_SHORT_HEADS = tuple(head[:WIDTH] for head in HEADS)

_OPENING = frozenset((*(bytes((byte,)) for byte in b"\t\n\v\f\r {[]},"), *(head[:1] for head in HEADS)))
"""With what a line begins that opens a document, or is one of an array."""

Numbered = tuple[int, bytes, int]
"""Index of a line, the line, how many lines it is made of."""


def opens(line: bytes) -> bool:
    """Whether a document begins with this line."""
    text = line.strip()
    return text == b"{" or (text == b"[" and line[:1] in (b" ", b"\t")) or block_of(line) is not None


def may_have_blocks(begins: Iterable[bytes]) -> bool:
    """Whether a line that begins in one of these ways may be the first of a block; see `beginnings`."""
    return any(begin.startswith(_SHORT_HEADS) for begin in begins)


def block_of(line: bytes) -> Block | None:
    """The text format whose blocks begin like this line."""
    if not line.startswith(HEADS):
        return None
    return next((block for block in BLOCKS if line.startswith(block.heads) and block.opens(line)), None)


def may_be_inside(line: bytes) -> bool:
    """Whether a line, seen alone, may belong to a document that begins before it or with it."""
    return line[:1] in (b" ", b"\t") or line.startswith((*HEADS, *_LATER))


def joined(lines: Iterable[Numbered]) -> Iterator[Numbered]:
    """The lines, where those of a document are one line (with newlines in it) at the index of its first.

    The brackets of an array that stand alone are left out, a comma behind an object is taken off. A document that does not
    close comes out line by line, as it stands.
    """
    held: list[Numbered] = []
    block: Block | None = None
    indent, size = 0, 0
    for entry in lines:
        line = entry[1]
        if not held and (line[:1] not in _OPENING or (line[:1] == b"{" and line[-1:] == b"}" and len(line) > 1)):  # most are
            yield entry
            continue
        if held and entry[0] != held[-1][0] + held[-1][2]:  # lines read otherwise stood between
            yield from [_document(held)] if block is not None else held
            held = []
        if held:
            size += len(line) + 1
            if block is not None:
                if block.goes_on(line, len(held)) and size <= MAX_DOCUMENT:
                    held.append(entry)
                    continue
                yield _document(held)
                held = []
            else:
                text = line.strip()
                depth = len(line) - len(line.lstrip())
                if depth == indent and text in CLOSING:
                    yield _document([*held, (entry[0], closed(line).strip(), entry[2])])
                    held = []
                    continue
                if (depth > indent or not text) and size <= MAX_DOCUMENT:
                    held.append(entry)
                    continue
                yield from held  # it does not close
                held = []
        if opens(line):
            block = block_of(line)
            held, indent, size = [entry], len(line) - len(line.lstrip()), len(line)
        elif line.strip() not in _BRACKETS:
            yield _element(entry)
    if block is not None and held:
        yield _document(held)
    else:
        yield from held


def closed(line: bytes) -> bytes:
    """The last line of a document without what belongs to the array around it."""
    return line[: line.find(b"}") + 1] if b"}" in line else line[: line.find(b"]") + 1]


def places(line: bytes, count: int) -> list[int]:
    """In which line of a document, from 0, each of so many things begins that a list in it holds; 0 where that can't be told."""
    if count < 2 or b"\n" not in line:
        return [0] * count
    heads: dict[int, list[int]] = {}
    for at, text in enumerate(line.split(b"\n")[1:], 1):
        if text.strip() in (b"{", b"["):
            heads.setdefault(len(text) - len(text.lstrip()), []).append(at)
    fitting = [found for _, found in sorted(heads.items()) if len(found) == count]
    return fitting[0] if fitting else [0] * count


def _document(held: list[Numbered]) -> Numbered:
    text = b"\n".join(line for _, line, _ in held)
    return held[0][0], text.strip(), sum(parts for _, line, parts in held if line.strip())


def _element(entry: Numbered) -> Numbered:
    """A line that is an object of an array which stands on several lines, without what belongs to the array."""
    index, line, parts = entry
    text = line.strip()
    if text.endswith(b"},") or (text.endswith(b"}]") and text.startswith(b"{")):
        text = text[:-1]
    elif not (text.startswith(b"[{") and text.endswith(b"}")):
        return entry
    return (index, text.removeprefix(b"["), parts) if text.removeprefix(b"[").startswith(b"{") else entry


def open_at_end(tail: bytes, following: bytes | None = None) -> bool:
    """Whether something goes on after `tail`, the last bytes before a place just after a newline: a line that a runtime
    split, or a document. Where the tail can't tell of a document, it says yes. following: the next line, where it is known."""
    return (
        _document_open(tail.split(b"\n")[:-1], following) or envelopes.open_at_end(tail) or _open_under_envelopes(tail, following)
    )


def _open_under_envelopes(tail: bytes, following: bytes | None) -> bool:
    """Whether a document goes on whose lines are each wrapped."""
    lines = [line.decode("utf-8", "replace") for line in tail.split(b"\n")[-_LOOKED_BACK:-1]]
    found = envelopes.unwrap(lines[-1].rstrip()) if lines else None
    if found is None or not found.outer.layers or found.record is not None:
        return False
    inner = _upwards(lines, found.outer.stream)
    last = next(inner)
    after = None if following is None else _under(following, found.outer.stream)
    if _is_plain(last):  # most are
        return _may_open().search(tail) is not None and _in_block(chain((last,), inner), after)
    return _document_open([last, *inner][::-1], after)


def _under(line: bytes, stream: str) -> bytes | None:
    """A line without its envelopes; None where it is of another stream, and tells nothing of this."""
    found = envelopes.unwrap(line.decode("utf-8", "replace").rstrip())
    return found.text.encode("utf-8", "replace") if found.outer.layers and found.outer.stream == stream else None


@cache
def _may_open() -> re2.Pattern:
    """Finds all first lines of blocks, wrapped or not, and few others: what heads have that JSON mostly leaves as it is, the date
    that follows the name of a month, and what heads have where JSON spells it as escapes."""
    import re2  # those who look at a few lines need none

    heads = [max(re.findall(rb"[\w .:#]+", head), key=len) for head in HEADS if len(head) > len("Jan")]
    spelled = rb"\\u00(?:2[03cCeE]|3[0-9aA]|[46][1-9a-fA-F]|[57][0-9aA])"
    return re2.compile(b"|".join([rb"[A-Z][a-z][a-z] \d{1,2}, \d{4}", spelled, *map(re2.escape, heads)]))


def _upwards(lines: list[str], stream: str) -> Iterator[bytes]:
    """The lines of a stream without their envelopes, the last first."""
    for line in reversed(lines):
        found = envelopes.unwrap(line.rstrip())
        if found.outer.stream == stream:
            yield from reversed(found.text.encode("utf-8", "replace").split(b"\n"))


def _is_plain(line: bytes) -> bool:
    """Whether no document may begin with a line."""
    return bool(line.strip()) and line[:1] not in (b" ", b"\t", b"{") and block_of(line) is None


def _document_open(lines: list[bytes], following: bytes | None) -> bool:
    if not lines:
        return False
    if not lines[-1].strip():  # blocks may have blank lines between those of one entry
        some = [line for line in lines[-_LONGEST_BLOCK:] if line.strip()]
        return following is not None and following.startswith((b" ", b"\t", *_LATER)) and _in_block(reversed(some), following)
    if _is_plain(lines[-1]):
        return _in_block(reversed(lines), following)
    for line in reversed(lines):
        if line[:1] in (b" ", b"\t", b""):
            continue
        if line.strip() == b"[":
            return not _after_element(lines)
        return (line.strip() == b"{" and not _breaks_off(following)) or _in_block(reversed(lines), following)
    return len(lines) > 1 and all(line[:1] in (b" ", b"\t") for line in lines[1:])


def _breaks_off(following: bytes | None) -> bool:
    """Whether an object that began at the left margin can't go on with the next line (see joined)."""
    return following is not None and not following[:1].isspace() and following.strip() not in (b"", *CLOSING)


def _after_element(lines: list[bytes]) -> bool:
    """Whether the last line closes an element of the array whose first line is the nearest without indentation."""
    at = max(i for i, line in enumerate(lines) if line[:1] not in (b" ", b"\t", b""))
    inside = [line for line in lines[at + 1 :] if line.strip()]
    least = min((len(line) - len(line.lstrip()) for line in inside), default=0)
    last = inside[-1] if inside else b""
    return last.strip() == b"}," and len(last) - len(last.lstrip()) == least


def _in_block(upwards: Iterable[bytes], following: bytes | None) -> bool:
    """Whether the first of these lines belongs to a text of a known format that may go on; each stands behind the next. It goes
    on with the following line, or may do so where that is not known."""
    behind: list[bytes] = []
    for count, line in enumerate(islice(upwards, _LONGEST_BLOCK), 1):
        block = block_of(line)
        if block is not None:
            belong = all(block.goes_on(each, at) for at, each in enumerate(reversed(behind), 1))
            return belong and count < block.most and (following is None or block.goes_on(following, count))
        behind.append(line)
    return False
