"""Which spans may call which, as their kinds tell, or their names.

    CLIENT   |----------|           what a service was asked for was asked by a client span, what a queue gave was put there by a
    SERVER     |------|             producer; whatever else a service does, it does within a span of its own
    INTERNAL     |--|

Logs often have but some of these spans. So an operation asks for callers of a kind where nearly all of its spans find one, a
client of its own each where it is a server's; other candidates are none then. Where no kinds are told, names tell the ends of a
call: `Sent.Charge` and `Recv.Charge`, `publish paid` and `consume paid`, or twice `pay.Payment/Charge`. So do spans that name
the other end (see `agreement`). Whatever else runs in the service that was asked so is part of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from logtrace.patterns import lazy_pattern
from logtrace.reconstruct.evidence.agreement import agreements, of_asked
from logtrace.reconstruct.evidence.priors import FEWEST_CASES
from logtrace.reconstruct.evidence.shares import Shares
from logtrace.reconstruct.forest.candidates import AFTER, HELD, Candidates, relations
from logtrace.reconstruct.forest.columns import Flags, Floats, Forest, Ints
from logtrace.reconstruct.forest.nearest import one_each
from logtrace.reconstruct.forest.peers import A_CLIENT
from logtrace.reconstruct.spans.naming import OperationKey

COVERED, ALIKE, WAITED, SERVING = 0.9, 0.75, 0.25, 0.5
"""An operation asks for callers that so many of its spans find. Where these are clients, so many of those of one service have to
be of one operation, and so many to wait until the server's span ends, though that may linger. An operation is a caller where so
many of its spans are needed."""

KIND, NAME, PART, SERVES = 1, 2, 3, 4
"""What an operation asks for: callers of a kind, the other end of a call by its name, or to be part of what its service was asked
for by such a name. Added to that: that it is such a caller of others; such a one waits, and what runs beside it in its service
is not called by it."""

UNTOLD, SERVER, CLIENT, PRODUCER, CONSUMER, INTERNAL = range(6)
_NUMBERS = {
    "server": SERVER,
    "client": CLIENT,
    "producer": PRODUCER,
    "consumer": CONSUMER,
    "internal": INTERNAL,
    A_CLIENT: CLIENT,
}

_ROLES = {
    "client": CLIENT, "sent": CLIENT, "server": SERVER, "recv": SERVER, "publish": PRODUCER, "send": PRODUCER,
    "process": CONSUMER, "receive": CONSUMER, "consume": CONSUMER,
}  # fmt: skip
"""Words of names that tell which end of a call a span is."""

_COMMON = frozenset(("grpc", "http", "https", "get", "post", "put", "delete", "patch", "head"))
"""Words of names that tell how something is called rather than what."""

_WORD = lazy_pattern(r"[^\W_]+")
_METHOD = lazy_pattern(r"[\w.-]*\w\.\w+/\w+")


class _Ends(NamedTuple):
    """By operation: its kind; what it calls or is called for, as a number (-1: nothing); which end of that it is, by a
    word of its name; and whether its name is that of a remote method."""

    kind: Ints
    called: Ints
    role: Ints
    method: Flags


def _ends(operations: Sequence[OperationKey]) -> _Ends:
    numbers: dict[tuple[str, ...], int] = {}
    rows: list[tuple[int, int, int, bool]] = []
    for _, name, kind in operations:
        words = _WORD.findall(name.lower())
        called = tuple(word for word in words if word not in _ROLES and word not in _COMMON)
        told = _NUMBERS.get(kind.lower(), UNTOLD)
        role = next((_ROLES[word] for word in words if word in _ROLES), UNTOLD)
        rows.append((told, numbers.setdefault(called, len(numbers)) if called else -1, role, bool(_METHOD.search(name))))
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    return _Ends(columns[0], columns[1], columns[2], columns[3] > 0)


class _Fit(NamedTuple):
    """By candidate: whether it is of the child's service; whether the child is told to be work within that, as may be part of a
    call; whether the child asks for such a caller, by its kind or by its name; whether its kind speaks against it; and whether
    such a caller calls but one span."""

    own: Flags
    work: Flags
    asked: Flags
    named: Flags
    against: Flags
    single: Flags


def asking(forest: Forest, pairs: Candidates, told: Shares) -> Ints:
    """By operation what it asks for, and whether it serves others, by all candidates of all spans and what these tell of one
    another."""
    fit = _fit(forest, pairs, told.verdict)
    asks, serves = np.zeros((2, len(forest.operations)), np.int64)
    for number, which in ((KIND, fit.asked), (NAME, fit.named)):
        if which.any():
            child, parent = one_each(forest, pairs.where(which & fit.single))
            waited = _share(forest, child[relations(forest, parent, child) == HELD]) >= WAITED
            waited &= (_share(forest, child) >= COVERED) & (_share(forest, parent) < SERVING) & _alike(forest, child, parent)
            asked = waited | (_share(forest, pairs.child[which & ~fit.single]) >= COVERED)
            asked |= (number == NAME) & (told.found * _share(forest, pairs.child[told.verdict > 0]) >= COVERED)
            asks[asked] = number
            serves |= SERVES * (_share(forest, parent[asked[forest.operation[child]]]) >= SERVING)
    if (asks == NAME).any():
        part = pairs.child[_around(forest, pairs, asks, fit.own)]
        asks[(_share(forest, part) >= COVERED) & (asks == 0)] = PART
    return asks | serves


class Fitting(NamedTuple):
    """By candidate: whether the child's operation does not speak against it; whether it calls but one span of all that ask
    for such callers, as a client does; and whether it is what the child's service was asked for, so that the child is part of
    it though it may outlive it."""

    kept: Flags
    sole: Flags
    around: Flags

    def where(self, kept: Flags) -> Fitting:
        """That of the candidates that are marked."""
        return Fitting(self.kept[kept], self.sole[kept], self.around[kept])


def fitting(forest: Forest, pairs: Candidates, asks: Ints) -> Fitting:
    """How candidates fit what is asked for. asks: by operation, what."""
    kept, none = np.full(len(pairs.child), True), np.zeros(len(pairs.child), bool)
    if not asks.any():
        return Fitting(kept, none, none)
    agreement = of_asked(forest, pairs, agreements(forest, pairs), asks % SERVES == NAME)
    fit, of = _fit(forest, pairs, agreement), asks[forest.operation[pairs.child]] % SERVES
    asked = np.where(of == KIND, fit.asked, fit.named & (of == NAME))
    found, inner = np.zeros((2, len(forest.key)), bool)
    found[pairs.child[asked]] = True
    kept[found[pairs.child] & np.where(of == KIND, fit.against, ~fit.named)] = False
    serves = fit.own & (asks[forest.operation[pairs.parent]] >= SERVES)
    inner[pairs.child[fit.own & ~serves & (pairs.relation != AFTER)]] = True
    kept[serves & ~fit.work & inner[pairs.child]] = False
    around = (of == PART) & _around(forest, pairs, asks, fit.own)
    part = np.zeros(len(forest.key), bool)
    part[pairs.child[around]] = True
    kept[part[pairs.child] & (~fit.own | (pairs.relation == AFTER))] = False
    return Fitting(kept, asked & fit.single, around)


def _around(forest: Forest, pairs: Candidates, asks: Ints, own: Flags) -> Flags:
    """By candidate: whether it is what the child's service was asked for by its name, and holds the child, or runs when that
    begins where none holds it: the child is part of it then, though it may outlive it. A client has the answer of one span,
    and calls nothing else there.

        CLIENT     |------------------|
        SERVER         |---------|
        part             |----------|
    """
    asked = asks[forest.operation[pairs.parent]] % SERVES == NAME
    around = own & asked & (pairs.relation != AFTER) & (pairs.parent < pairs.child)
    held = np.zeros(len(forest.key), bool)
    held[pairs.child[around & (pairs.relation == HELD)]] = True
    nearest: Flags = around & ((pairs.relation == HELD) | ~held[pairs.child])
    return nearest


def _share(forest: Forest, places: Ints) -> Floats:
    """By operation the share of its spans that are among these, but for the first of each trace; of few spans none."""
    found, many = np.zeros(len(forest.key), bool), len(forest.operations)
    found[places] = True
    later = np.diff(forest.trace, prepend=-1) == 0
    spans, told = (np.bincount(forest.operation[which], minlength=many) for which in (later, later & found))
    return np.where(told >= FEWEST_CASES, told / np.maximum(spans, 1), 0.0)


def _alike(forest: Forest, child: Ints, parent: Ints) -> Flags:
    """By operation whether nearly all of its spans that one service calls are called by spans of one operation of that."""
    many, service = len(forest.operations), forest.services
    pairs, calls = np.unique(forest.operation[child] * many + forest.operation[parent], return_counts=True)
    of, by = pairs // many, service[pairs % many]
    _, group = np.unique(of * many + by, return_inverse=True)
    most = np.zeros(group.max(initial=-1) + 1, np.int64)
    np.maximum.at(most, group, calls)
    first = np.unique(group, return_index=True)[1]
    alike: Flags = np.bincount(of[first], most, many) >= ALIKE * np.bincount(of, calls, many)
    return alike


def _fit(forest: Forest, pairs: Candidates, agreement: Ints) -> _Fit:
    ends = _ends(forest.operations)
    of, by = forest.operation[pairs.child], forest.operation[pairs.parent]
    service = forest.services
    own, there = service[of] == service[by], pairs.relation != AFTER
    kind, above = ends.kind[of], ends.kind[by]
    server, consumer, inner = kind == SERVER, kind == CONSUMER, (kind == INTERNAL) | (kind == CLIENT) | (kind == PRODUCER)
    asked = server & (above == CLIENT) & there
    asked |= consumer & (above == PRODUCER)
    asked |= inner & own & (above != CLIENT) & (above != PRODUCER) & there
    against = server & (above != CLIENT)
    against |= consumer & (above != PRODUCER) & ~(own & (above == CONSUMER))
    against |= inner & (~own | (above == PRODUCER))
    role, other = ends.role[of], ends.role[by]
    named = (role == SERVER) & (other == CLIENT) | ends.method[of] & ends.method[by] & (role != CLIENT) & (other != SERVER)
    named = named & (np.maximum(role, other) < PRODUCER) & there | (role == CONSUMER) & (other == PRODUCER)
    named &= (ends.called[of] >= 0) & (ends.called[of] == ends.called[by]) & ~own
    named |= (agreement > 0) & (above == CLIENT) & ~own & there
    named &= ~inner & (above != SERVER) & (above != CONSUMER) & (above != INTERNAL)
    return _Fit(own, kind == INTERNAL, asked, named, against, (kind != CONSUMER) & (role != CONSUMER) & ~inner)
