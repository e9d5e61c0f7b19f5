"""Clocks that differ: which clock stamped a span, and what to add to its times to bring them to the others'."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

HOST_KEYS = (
    "k8s.node.name", "host.id", "host.name", "host", "hostname", "host.ip", "node", "k8s.pod.name", "pod", "container.id",
    "service.instance.id",
)  # fmt: skip
"""Attributes that name the machine a span ran on, the most telling first. Without any the service stands for it."""


UNTOLD = "no calls surely waited for"
"""Why nothing is known of a clock."""


def domain_of(attributes: Iterable[tuple[str, str]], service: str) -> str:
    """The clock domain of a span with these attributes (key, JSON text): `host.name "a1"`, or the service."""
    found = {key: value for key, value in attributes if key in HOST_KEYS}
    return next((f"{key} {found[key]}" for key in HOST_KEYS if key in found), service)


class Clock(NamedTuple):
    """What to add to the times of a domain.

    knots           (time, ns to add) in order; between two the line, before the first and after the last the nearest
    uncertainty_ns  plus or minus, to the reference: what calls leave open, summed along the way to it
    cases           calls that tell it; 0: nothing is known of it
    reference       the domain that it is brought to, "" where nothing is known
    cold            no parents were known: found from operations that always nest
    """

    domain: str
    knots: tuple[tuple[int, int], ...]
    uncertainty_ns: int
    cases: int
    reference: str
    cold: bool

    @property
    def corrects(self) -> bool:
        """Whether anything is to be added."""
        return any(shift for _, shift in self.knots)

    def shift_ns(self, at_ns: int) -> int:
        """What to add to a time of this domain."""
        before = self.knots[0]
        for after in self.knots:
            if at_ns < after[0]:
                break
            before = after
        else:
            return before[1]
        if at_ns <= before[0]:
            return before[1]
        return before[1] + (after[1] - before[1]) * (at_ns - before[0]) // (after[0] - before[0])


def unknown(domain: str, cold: bool) -> Clock:
    """The clock of a domain that nothing tells of."""
    return Clock(domain, ((0, 0),), 0, 0, "", cold)


def clocks_text(clocks: Iterable[Clock]) -> str:
    """Clocks as JSON; the inverse of `clocks_of`."""
    return orjson.dumps([list(clock) for clock in sorted(clocks)]).decode()


def clocks_of(text: str) -> tuple[Clock, ...]:
    """The clocks that gave a text."""
    return tuple(Clock(domain, tuple((at, shift) for at, shift in knots), *rest) for domain, knots, *rest in orjson.loads(text))


UNBOUNDED_NS = 1 << 60
"""Where others differ, a clock of which nothing is known may be off by anything."""


class Clocks:
    """Clocks by domain; domains that are not there need no correction.

    all     as they were found
    needed  those that need a correction
    left    those that need none, or of which nothing is known
    """

    def __init__(self, clocks: Sequence[Clock]) -> None:
        self.all = tuple(clocks)
        self.needed = tuple(clock for clock in clocks if clock.corrects)
        self.left = tuple(clock for clock in clocks if not clock.corrects)
        self._by_domain = {clock.domain: clock for clock in self.needed}
        self._unsure = {clock.domain: clock.uncertainty_ns if clock.reference else UNBOUNDED_NS for clock in clocks}

    def __bool__(self) -> bool:
        return bool(self._by_domain)

    def shift_ns(self, domain: str, at_ns: int) -> int:
        """What to add to a time of a domain."""
        clock = self._by_domain.get(domain)
        return 0 if clock is None else clock.shift_ns(at_ns)

    def unsure_ns(self, domain: str) -> int:
        """Plus or minus how much a domain's times are by the common clock, corrected or not; 0 where no clock needs that."""
        return self._unsure.get(domain, 0) if self else 0

    def correction(self, domain: str, at_ns: int) -> tuple[int, int]:
        """What to add to a time of a domain, and plus or minus how much that is."""
        clock = self._by_domain.get(domain)
        return (0, 0) if clock is None else (clock.shift_ns(at_ns), clock.uncertainty_ns)
