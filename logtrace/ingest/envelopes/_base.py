"""What an envelope is, and what peeling one gives. Modules of this package without a leading underscore are envelopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from logtrace.units import instant_ns


def instants(times: Sequence[Any]) -> Sequence[int | None]:
    """The instants that JSON values mean."""
    from logtrace.ingest.vocabulary import arrays  # those who look at a few lines need no numpy

    found = arrays.instants(times) if all(time.__class__ is str for time in times) else None
    return list(map(instant_ns, times)) if found is None else found.tolist()


Resource = tuple[tuple[str, str], ...]
"""What a wrapper knows of its source, as OpenTelemetry-like keys: container.name, k8s.pod.name, log.iostream."""


class Peeled(NamedTuple):
    """One layer taken off a line.

    inner       the text under the wrapper, without a line end
    time_ns     the time the wrapper tells; None where it tells none
    service     "" where the wrapper tells none
    partial     the text goes on in the next line of the same stream
    stream      tells which lines continue each other; "" where the wrapper knows no streams
    zoneless    time_ns was read in an assumed zone, so that any other time is better
    severity    OTel number of the level that the wrapper tells, 0 where it tells none
    fields      keys of the record that the wrapper holds beside it (a trace id, say); the record's own win
    """

    inner: str
    time_ns: int | None = None
    service: str = ""
    resource: Resource = ()
    partial: bool = False
    stream: str = ""
    zoneless: bool = False
    severity: int = 0
    fields: tuple[tuple[str, Any], ...] = ()


class Outer(NamedTuple):
    """What all layers of a line knew together; inner layers win. Fields as in Peeled.

    stream      the streams of the layers, outermost first, joined by "/"
    layers      how many layers were taken off; 0: nothing was wrapped
    """

    time_ns: int | None = None
    service: str = ""
    resource: Resource = ()
    partial: bool = False
    stream: str = ""
    layers: int = 0
    severity: int = 0
    fields: tuple[tuple[str, Any], ...] = ()


class Unwrapped(NamedTuple):
    """A line under all its envelopes: the innermost text, the JSON object it is (None: it is none), what was around it."""

    text: str
    record: dict[str, Any] | None
    outer: Outer


class Layer(NamedTuple):
    """One layer taken off many lines at once, off those of them that plainly have it.

    taken       positions of these lines, in order
    inners      the text under the wrapper, of each of them
    known       what it knew of each, as Peeled without inner, time and fields; one object for all that are alike
    times       of each, ns since 1970; None where the wrapper tells no times
    parts       which of these (places in `taken`) seem to go on in the next line of their stream
    """

    taken: Sequence[int]
    inners: Sequence[bytes]
    known: Sequence[Peeled]
    times: Sequence[int | None] | None = None
    parts: Sequence[int] = ()


class Piece(NamedTuple):
    """What a line of bytes holds of a text that is split: from start to end in it; stream: whose text it is; goes_on: it is not
    the last piece."""

    start: int
    end: int
    stream: bytes
    goes_on: bool


class Splitting(NamedTuple):
    """How a runtime splits long lines, and how the parts are put together.

    prefixes        how each line of this envelope begins; the first byte tells envelopes that split lines apart
    may_be_partial  (line) → False only if the line, which begins with a prefix, is surely no part that goes on
    parts           (block of some size) → where lines begin, in order, of which some are parts that go on; no other line is
    piece           (line) → where its text stands in it, as it is written there; None where it is no line of this envelope
    rewrap          (first part, text, partial) → the line which would have held that text at the time of the first part
    unmarked        a part is known only by what it lacks: a record that lacks it too may be whole all the same
    """

    prefixes: tuple[bytes, ...]
    may_be_partial: Callable[[bytes], bool]
    parts: Callable[[bytes], Iterable[int]]
    piece: Callable[[bytes], Piece | None]
    rewrap: Callable[[str, str, bool], str]
    unmarked: bool = False


class Steady(NamedTuple):
    """What may change from one object to the next without changing what an envelope knows around them, as long as the text is a
    JSON object, ends with a line end or without as the others do, and the time is one, a text or a number like theirs.

    text        the key of the text under the wrapper
    times       the keys of its time: the first that an object has
    passed      keys that it does not look at, of which the values are texts; `log.offset`: a number in the object `log`
    instants    times → ns since 1970, None for what is no time
    """

    text: str
    times: tuple[str, ...]
    passed: tuple[str, ...] = ()
    instants: Callable[[Sequence[Any]], Sequence[int | None]] = instants


class Envelope(NamedTuple):
    """One wrapper around log lines. It has one of `peel` (text), `peel_object` (a decoded JSON object) and `peel_many` (an
    object that holds many lines: a document).

    All give None for whatever is not this envelope, cut and malformed ones among it, and never raise.

    name            the name of the module
    example, inner  a wrapped line, and the text under this one layer (of a document: the text of its one line)
    peel            (text, zone) → the layer; times without a zone are read in `zone`
    begins          the characters that a text which `peel` takes may begin with; "" where that is any
    peel_lines      (lines, zone) → the layer of those lines that have it plainly, the same as `peel` or `peel_object` takes off
                    each; it leaves out all that an envelope before it in the table takes, and parts that go on in the next line
                    but for those it names as parts. Only of texts that are JSON objects at last it has to be right
    peel_many       (object) → the layer of each line in it, in order; [] where it holds none
    signs           sets of keys; an object that is wrapped has all keys of one of them at its top
    splitting       None where lines are never split
    steady          for `peel_object`, where what it knows hardly changes from line to line; also that it takes none
    """

    name: str
    example: str
    inner: str
    peel: Callable[[str, tzinfo], Peeled | None] | None = None
    peel_object: Callable[[dict[str, Any]], Peeled | None] | None = None
    peel_many: Callable[[dict[str, Any]], list[Peeled] | None] | None = None
    peel_lines: Callable[[Sequence[bytes], tzinfo], Layer] | None = None
    signs: tuple[frozenset[str], ...] = ()
    splitting: Splitting | None = None
    begins: str = ""
    steady: Steady | None = None
