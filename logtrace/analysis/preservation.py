"""Which traces stay, how long, and why: pure decisions over facts.

A time to live counts from the later of a trace's end and of when it was first read here: old logs that are read today are not
gone tomorrow. Of several rules the longest counts; what was promised once is not taken back when later lines come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple

from logtrace.sections import KEEPERS
from logtrace.units import NS

PINNED, OTHERS, SAMPLE, ALWAYS, UNJUDGED, NO_RULE = KEEPERS
EXPIRED, SIZE = "expired", "size"

QUIET_NS = 5 * NS["m"]
"""A trace that got no line for so long is whole, as far as anybody can tell: only then it may be left out of a sample."""


class Rule(NamedTuple):
    """Traces that a condition (an expression) holds for stay for ttl_ns."""

    name: str
    condition: str
    ttl_ns: int


class Policy(NamedTuple):
    """rules       see Rule
    others_ns   how long all others stay; None: as the shortest rule, without rules for good
    max_bytes   how large the store may get; None: any size
    share       of the traces that no rule and no condition in `always` holds for, so many stay; 1: all of them
    """

    rules: tuple[Rule, ...] = ()
    others_ns: int | None = None
    max_bytes: int | None = None
    share: float = 1.0
    always: tuple[str, ...] = ()

    @property
    def default_ns(self) -> int | None:
        """How long traces stay that no rule holds for; None: for good."""
        if self.others_ns is not None or not self.rules:
            return self.others_ns
        return min(rule.ttl_ns for rule in self.rules)

    @property
    def is_empty(self) -> bool:
        """Whether nothing ever goes."""
        return self.default_ns is None and self.max_bytes is None and self.share >= 1


class Facts(NamedTuple):
    """What is known of a trace. read_ns: when it was first read; rules: the numbers of those that hold; always: it has to be in
    the sample; before: until when it was kept when it was last judged, and by which rule."""

    low: int
    high: int
    end_ns: int | None
    read_ns: int
    rules: tuple[int, ...] = ()
    always: bool = False
    pinned: bool = False
    before: tuple[str, int] | None = None
    spans: int = 0
    lines: int = 0

    @property
    def since_ns(self) -> int:
        """From when a time to live counts."""
        return max(self.read_ns, self.end_ns if self.end_ns is not None else 0)


class Fate(NamedTuple):
    """Whether a trace stays; why: the rule that keeps it longest (or PINNED, OTHERS, SAMPLE, ALWAYS where it is in
    every sample, UNJUDGED where it may still get lines, NO_RULE), or EXPIRED, SAMPLE, SIZE;
    until_ns: None where it stays for good."""

    stays: bool
    why: str
    until_ns: int | None = None


def fate(facts: Facts, policy: Policy, now_ns: int) -> Fate:
    """What becomes of a trace."""
    if facts.pinned:
        return Fate(True, PINNED)
    promises = [(facts.since_ns + policy.rules[number].ttl_ns, policy.rules[number].name) for number in facts.rules]
    if facts.before is not None:
        promises.append((facts.before[1], facts.before[0]))
    keeper = _keeper(facts, policy, now_ns) if not promises else OTHERS
    if keeper == SAMPLE and not in_sample(facts.low, facts.high, policy.share):
        return Fate(False, SAMPLE)
    default_ns = policy.default_ns
    if default_ns is not None:
        promises.append((facts.since_ns + default_ns, OTHERS if keeper == NO_RULE else keeper))
    if not promises:
        return Fate(True, keeper)
    until_ns, why = max(promises, key=itemgetter(0))  # of equals the first: a rule before what goes for all
    return Fate(until_ns > now_ns, why if until_ns > now_ns else EXPIRED, until_ns)


def _keeper(facts: Facts, policy: Policy, now_ns: int) -> str:
    """What keeps a trace that no rule holds for, and was promised nothing."""
    if policy.share >= 1:
        return NO_RULE
    if facts.always:
        return ALWAYS
    return SAMPLE if now_ns >= facts.since_ns + QUIET_NS else UNJUDGED


def in_sample(low: int, high: int, share: float) -> bool:
    """Whether a trace is in a sample of so many: by its id alone, so that every reading and every machine agrees, and a larger
    sample has all of a smaller one."""
    digest = blake2b(low.to_bytes(8, "big", signed=True) + high.to_bytes(8, "big", signed=True), digest_size=7).digest()
    return int.from_bytes(digest, "big") < share * (1 << 56)


def beyond(kept: Iterable[tuple[Facts, Fate]], lines: int) -> list[Facts]:
    """Traces to let go so that so many lines are gone: first what no rule keeps, then what goes soonest, the oldest first. What
    is pinned stays."""
    found: list[Facts] = []
    order = sorted(((f, why) for f, why in kept if why.why != PINNED), key=_least)
    for facts, _ in order:
        if lines <= 0:
            break
        found.append(facts)
        lines -= max(1, facts.lines)
    return found


def _least(pair: tuple[Facts, Fate]) -> tuple[bool, int, int]:
    facts, why = pair
    return bool(facts.rules), why.until_ns or 0, facts.since_ns


class Kept(NamedTuple):
    """Traces that one rule keeps. until: the earliest and the latest time that one of them goes; None: never."""

    rule: str
    traces: int
    lines: int
    first_ns: int | None
    last_ns: int | None


class Dropped(NamedTuple):
    """Traces that go, and why."""

    why: str
    traces: int
    spans: int
    lines: int


class Pruned(NamedTuple):
    """What a prune did, or (dry) would do. examples: ids of traces that go; notes: what a reader should know."""

    kept: tuple[Kept, ...]
    dropped: tuple[Dropped, ...]
    dry: bool
    bytes_before: int
    bytes_after: int
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def kept_by_rule(judged: Sequence[tuple[Facts, Fate]]) -> tuple[Kept, ...]:
    """The traces that stay, by what keeps them, most first."""
    groups: dict[str, list[tuple[Facts, Fate]]] = {}
    for facts, why in judged:
        if why.stays:
            groups.setdefault(why.why, []).append((facts, why))
    made = [
        Kept(
            rule, len(group), sum(facts.lines for facts, _ in group),
            min((why.until_ns for _, why in group if why.until_ns is not None), default=None),
            max((why.until_ns for _, why in group if why.until_ns is not None), default=None),
        )
        for rule, group in groups.items()
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda kept: (-kept.traces, kept.rule)))


def dropped_by_reason(judged: Sequence[tuple[Facts, Fate]]) -> tuple[Dropped, ...]:
    """The traces that go, by why, most first."""
    groups: dict[str, list[Facts]] = {}
    for facts, why in judged:
        if not why.stays:
            groups.setdefault(why.why, []).append(facts)
    made = [Dropped(why, len(g), sum(f.spans for f in g), sum(f.lines for f in g)) for why, g in groups.items()]
    return tuple(sorted(made, key=lambda dropped: (-dropped.traces, dropped.why)))
