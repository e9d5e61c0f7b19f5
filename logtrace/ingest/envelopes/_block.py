"""Many lines at once without their envelopes.

Each layer is taken off all lines that plainly have it by a few operations over lists, envelope by envelope; what is under
it is looked at again in the same way. Objects around objects are taken off line by line (see `_objects`). A line that is
wrapped otherwise, is a part of a split line, or needs a closer look, is left out: it is to be read by itself, and its
neighbours are none the slower for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, tzinfo
from itertools import chain, compress
from typing import Any, NamedTuple

from logtrace.ingest.envelopes._base import Layer, Outer, Peeled
from logtrace.ingest.envelopes._objects import inner_objects, seem_wrapped
from logtrace.ingest.envelopes._parts import parted, without_parts
from logtrace.ingest.envelopes._peeling import BARE, MAX_LAYERS, merged
from logtrace.ingest.envelopes._table import ENVELOPES


def _peel_steady(lines: Sequence[bytes], _zone: tzinfo) -> Layer:
    from logtrace.ingest.envelopes._steady import steady_layer  # loads msgspec, which other logs need not

    return steady_layer(lines)


_OF_TEXT = tuple((envelope.name, envelope.peel_lines) for envelope in ENVELOPES if envelope.peel_lines and envelope.peel)
_OF_OBJECTS = (
    *((envelope.name, envelope.peel_lines) for envelope in ENVELOPES if envelope.peel_lines and not envelope.peel),
    ("steady", _peel_steady),
)
_OBJECT = b'{"log"'
"""How objects begin that may be envelopes which are taken off here."""
_BLANK = b" \t\r\n"
_WHITE = frozenset((b" ", b"\t", b"\r", b"\n"))


class UnwrappedLines(NamedTuple):
    """Lines without their envelopes.

    indexes     which lines, in order
    texts       their texts, as far as they are unwrapped
    known       what was around each, without the time; one object for all that are alike
    times       around them, ns since 1970; None where there is none
    """

    indexes: Sequence[int]
    texts: Sequence[bytes]
    known: Sequence[Outer]
    times: Sequence[int | None]

    def among(self, indexes: Sequence[int], texts: Sequence[bytes]) -> UnwrappedLines:
        """These lines and others, which have no envelope."""
        return _in_order([self, _bare(indexes, texts)])

    def outers(self, indexes: Iterable[int]) -> Iterator[tuple[int, bytes, Outer]]:
        """(index, text, what was around it, with its time) of some lines, in order; `indexes` may name others."""
        wanted = set(indexes).intersection(self.indexes)
        some = _chosen(self, [index in wanted for index in self.indexes])
        for index, text, known, time_ns in zip(*some, strict=True):
            yield index, text, known if time_ns is None else known._replace(time_ns=time_ns)


class Unwrapping(NamedTuple):
    """objects: lines that are JSON objects now, as it seems, each from brace to brace; texts: those that are not, and may have
    more envelopes; bare: the indexes of lines that can have none; others: of those that are no objects, and have none that is
    taken off here."""

    objects: UnwrappedLines
    texts: UnwrappedLines
    bare: Sequence[int] = ()
    others: Sequence[int] = ()


def may_have_envelope(line: bytes) -> bool:
    """Whether a line can be one that `unwrap_lines` unwraps, by how it begins. Of plain JSON objects those can where some of them
    `seem_wrapped`."""
    return line[:1] != b"{" or line[:6] == _OBJECT


def unwrap_lines(lines: Sequence[bytes], zone: tzinfo = UTC, begins: Collection[bytes] = ()) -> Unwrapping:
    """`unwrap` of those lines that are plainly wrapped, and of which no other line is a part.

    What was around objects is what `unwrap` gives, as long as the text is a JSON object: whoever finds that it is none, or an
    object that `may_be_wrapped`, has to go on with `unwrap_further`, as he has with the texts. begins: how the lines begin, as
    `beginnings` tells, where that is known.
    """
    indexes: Sequence[int] = range(len(lines))
    bare: Sequence[int] = ()
    objects: list[UnwrappedLines] = []
    inside = _NOTHING
    if not all(map(may_have_envelope, begins or lines)):
        wrapped = [line[:1] != b"{" or line[:6] == _OBJECT for line in lines]
        indexes, bare = list(compress(indexes, wrapped)), [at for at, is_wrapped in enumerate(wrapped) if not is_wrapped]
        inside = _inside(bare, [lines[at] for at in bare], zone)
        lines = list(compress(lines, wrapped))
    found = _bare(indexes, list(map(bytes.rstrip, lines)))
    parts: set[int] = set()
    goes_on = False
    texts: list[UnwrappedLines] = []
    others: Sequence[int] = ()
    for depth in range(MAX_LAYERS if indexes else 0):
        layers = list(_layers(found.texts, zone))
        if depth:
            layers = [(name, without_parts(layer)) for name, layer in layers]
            taken = set(chain.from_iterable([layer.taken for _, layer in layers]))
            texts.append(_chosen(found, [at not in taken for at in range(len(found.indexes))]) if taken else found)
        else:
            taken = set(chain.from_iterable([layer.taken for _, layer in layers]))
            others = [index for at, index in enumerate(indexes) if at not in taken] if taken else indexes
            layers, places, goes_on = parted(lines, indexes, layers)
            parts = {indexes[at] for at in places}
        under = [_sorted(_without(found, layer), parts) for _, layer in layers]
        objects += [done for done, _ in under]
        found = _joined([others for _, others in under])
        if not found.indexes:
            break
    if inside.indexes and goes_on:  # a line of a stream may be the rest of another
        inside = _chosen(inside, [not outer.stream for outer in inside.known])
    gone = set(inside.indexes)
    left = [at for at in bare if at not in gone]
    return Unwrapping(_in_order([inside, *objects]), _in_order([*texts, found]), left, others)


def _inside(indexes: Sequence[int], lines: Sequence[bytes], zone: tzinfo) -> UnwrappedLines:
    """The objects inside of lines that are objects."""
    if not seem_wrapped(lines):
        return _NOTHING
    layer = _peel_steady(lines, zone)
    gone = set(layer.taken)
    left = [at for at in range(len(lines)) if at not in gone]
    found = [_without(_bare(indexes, lines), layer)] if gone else []
    if others := list(inner_objects([lines[at] for at in left], zone)):
        at, texts, known, times = map(list, zip(*others, strict=True))
        found.append(UnwrappedLines([indexes[left[place]] for place in at], texts, known, times))
    return _in_order(found)


def _bare(indexes: Sequence[int], texts: Sequence[bytes]) -> UnwrappedLines:
    return UnwrappedLines(indexes, texts, (BARE,) * len(indexes), (None,) * len(indexes))


def _layers(texts: Sequence[bytes], zone: tzinfo) -> Iterator[tuple[str, Layer]]:
    """(name of the envelope, layer) of all that can be taken off; no line is in two of them."""
    heads = {text[:3] for text in texts}
    objects, others = (_places(texts, heads, wanted) for wanted in (_is_object, _may_be_wrapped))
    for places, envelopes in ((objects, _OF_OBJECTS), (others, _OF_TEXT)):
        left: Sequence[int] = places
        for name, peel_lines in envelopes:
            if not left:
                break
            layer = peel_lines([texts[at] for at in left] if len(left) < len(texts) else texts, zone)
            if layer.taken:
                yield name, layer._replace(taken=[left[at] for at in layer.taken])
                gone = set(layer.taken)
                left = [place for at, place in enumerate(left) if at not in gone] if len(gone) < len(left) else ()


def _places(texts: Sequence[bytes], heads: set[bytes], wanted: Callable[[bytes], bool]) -> Sequence[int]:
    """Places of the texts of which the heads, which are all of these, are wanted."""
    found = {head for head in heads if wanted(head)}
    if len(found) == len(heads):
        return range(len(texts))
    return [at for at, text in enumerate(texts) if text[:3] in found] if found else ()


def _is_object(head: bytes) -> bool:
    return head[:1] == b"{"


def _may_be_wrapped(head: bytes) -> bool:
    return head[:1] != b"{" and head[2:] != _CLOCK


_CLOCK = b":"
"""The third letter of a text that begins with the time of day, as none does that has a layer which is taken off here."""


_MARK = "\ufeff".encode()
"""A container's first line may begin with a byte order mark."""


def _without(found: UnwrappedLines, layer: Layer) -> UnwrappedLines:
    """The lines that have a layer, without it."""
    if len(layer.taken) < len(found.indexes):
        found = UnwrappedLines._make([column[at] for at in layer.taken] for column in found)
    times = found.times
    if layer.times:
        times = layer.times
        if layer.known[0].zoneless:
            times = [inner if outer is None else outer for outer, inner in zip(found.times, times, strict=True)]
    inners = layer.inners
    if _MARK[:1] in {text[:1] for text in inners}:
        inners = [text.removeprefix(_MARK) for text in inners]
    return UnwrappedLines(found.indexes, inners, _both(found.known, layer.known), times)


def _sorted(found: UnwrappedLines, parts: set[int]) -> tuple[UnwrappedLines, UnwrappedLines]:
    """(lines that are objects now, all others), without some that are parts."""
    texts = found.texts
    if not _WHITE.isdisjoint({text[-1:] for text in texts}):
        texts = [text.strip(_BLANK) if text.rstrip(_BLANK)[-1:] == b"}" else text for text in texts]
    objects = [text[:1] == b"{" and text[:6] != _OBJECT for text in texts]
    if not parts and True not in objects:
        return _NOTHING, found
    if not parts and False not in objects:
        return found._replace(texts=texts), _NOTHING
    done, others = objects, [not each for each in objects]
    if parts:
        whole = [index not in parts for index in found.indexes]
        done, others = ([a and b for a, b in zip(each, whole, strict=True)] for each in (done, others))
    return _chosen(found._replace(texts=texts), done), _chosen(found, others)


def _both(outers: Sequence[Outer], layers: Sequence[Peeled]) -> list[Outer]:
    """The layers around each line joined, each pair of them once."""
    pairs: list[Any] = list(map(id, layers))
    if len(set(map(id, outers))) > 1:
        pairs = list(zip(pairs, map(id, outers), strict=True))
    distinct = dict(zip(pairs, zip(outers, layers, strict=True), strict=True))
    whole: dict[Outer, Outer] = {}
    made = {pair: whole.setdefault(both := merged(*each), both) for pair, each in distinct.items()}
    return list(map(made.__getitem__, pairs))


def _chosen(found: UnwrappedLines, wanted: Iterable[bool]) -> UnwrappedLines:
    wanted = list(wanted)
    return UnwrappedLines._make(list(compress(column, wanted)) for column in found) if any(wanted) else _NOTHING


def _joined(several: Sequence[UnwrappedLines]) -> UnwrappedLines:
    if len(several) == 1:
        return several[0]
    return (
        UnwrappedLines._make(list(chain.from_iterable(column)) for column in zip(*several, strict=True)) if several else _NOTHING
    )


_NOTHING = _bare((), ())


def _in_order(several: Sequence[UnwrappedLines]) -> UnwrappedLines:
    found = _joined([each for each in several if each.indexes])
    if list(found.indexes) == sorted(found.indexes):
        return found
    order = sorted(range(len(found.indexes)), key=found.indexes.__getitem__)
    return UnwrappedLines._make([column[at] for at in order] for column in found)
