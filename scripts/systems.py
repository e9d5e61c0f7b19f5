"""Seeded systems of services and the requests they serve: the truth that scripts/accuracy.py hides and asks for again.

    system(kind, seed) → System → requests(system, how many) → true spans → log_lines(spans, how they are told)

A system is a set of operations; an operation is a row of steps, a step a group of calls that run at once. The same seed
gives the same system, the same requests and the same lines.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

BEGIN_NS = 1_704_897_000_000_000_000
US, MS = 1_000, 1_000_000
WORK_SPREAD, HOP_SPREAD, HOP_US, COLD = 0.8, 0.5, 150, 20
QUEUE_SPREAD, QUEUE_US = 0.7, 3_000

KINDS = ("serial", "parallel", "async", "retries", "recursion", "fan-out", "mixed")
"""What the calls of a system are like; "mixed" has some of each."""


class Call(NamedTuple):
    """A call to an operation, made with a chance, so many times. later: by a queue, whose consumer runs on its own; alone:
    at once, but nobody waits for it; client: through a client span of the caller."""

    operation: int
    chance: float = 1.0
    times: tuple[int, int] = (1, 1)
    later: bool = False
    attempts: int = 1
    alone: bool = False
    client: bool = False


class Operation(NamedTuple):
    """What a service does for a caller. `work_us` is the median time it spends before, between and after its steps. hurried:
    its span ends when its own work is done, before what it called; the caller waits for all of it."""

    service: str
    name: str
    work_us: int
    steps: tuple[tuple[Call, ...], ...]
    hurried: bool = False


class System(NamedTuple):
    """Operations and which of them begin a request.

    client_name    what client spans are called, of the {service} and {name} that they ask
    lingers_us     the mean time that a callee's span goes on when its answer is out
    cold           the share of work that takes 20 times as long: caches that are cold, pauses
    """

    kind: str
    operations: tuple[Operation, ...]
    entries: tuple[int, ...]
    client_name: str = ""
    lingers_us: int = 0
    cold: float = 0.0


class TrueSpan(NamedTuple):
    """A span as it was. `later`: its parent did not wait for it. kind: of its call, "" for work within a service."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    service: str
    operation: str
    start_ns: int
    end_ns: int
    later: bool
    kind: str = ""


class Made(NamedTuple):
    """A step as it went: sent when the work before it was done, answered when all that is waited for had answered; its calls,
    each with the place of the span that it began. alike: equal for all steps that call the same way."""

    alike: object
    sent_ns: int
    answered_ns: int
    called: tuple[tuple[Call, int], ...]


class Inner(NamedTuple):
    """What a span was about, as nobody logs it: its steps. work_us: the median of its work before, between and after them,
    spread: the sigma; ends: whether the span ends with the last of that work."""

    steps: tuple[Made, ...]
    work_us: int
    spread: float
    ends: bool


def system(kind: str, seed: int) -> System:
    """A random system: 5 to 9 services in three levels.

    In a mixed system operations of the last level are called from everywhere, at times by several callers that run at
    once, so that no method could tell all of them apart; in the others each has one caller.
    """
    rng = random.Random(f"{kind} {seed}")
    names = [f"{word}-service" for word in rng.sample(_WORDS, rng.randint(5, 9))]
    levels = [[names[0]], names[1 : 1 + len(names) // 2], names[1 + len(names) // 2 :]]
    operations: list[Operation] = []
    below: list[int] = []
    for depth, level in reversed(list(enumerate(levels))):
        made: list[int] = []
        many = {service: rng.randint(1, 3) for service in level}
        hands = _dealt(rng, below, sum(many.values())) if kind != "mixed" and depth == 1 else None
        for service in level:
            for number in range(many[service]):
                steps = _steps(rng, kind, hands.pop() if hands else below, depth)
                recursive = kind in ("recursion", "mixed") and depth == 1 and number == 0
                if recursive:
                    steps = (*steps, (Call(-1, 0.5),))  # -1: itself
                made.append(len(operations))
                operations.append(
                    Operation(
                        service, f"{rng.choice(_VERBS)}{service.split('-')[0].title()}{number}", rng.randint(200, 4000), steps
                    )
                )
        below = made + (below if kind == "mixed" else [])
    return System(kind, tuple(operations), tuple(made))


def _dealt(rng: random.Random, operations: Sequence[int], hands: int) -> list[list[int]]:
    """The operations dealt out; there may be less than hands."""
    shuffled = rng.sample(operations, len(operations))
    return [list(shuffled[hand::hands]) for hand in range(hands)]


_WORDS = ("order", "cart", "user", "stock", "price", "route", "mail", "pay", "search", "image", "seat", "quote", "audit", "token")
_VERBS = ("get", "list", "check", "save", "find", "make")


def _steps(rng: random.Random, kind: str, below: Sequence[int], depth: int) -> tuple[tuple[Call, ...], ...]:
    """The steps of an operation whose calls go to those below."""
    if not below:
        return ()
    steps = []
    for _ in range(rng.randint(1, 3) + (depth == 0)):
        style = rng.choice(("serial", "parallel", "async", "retries", "fan-out")) if kind == "mixed" else kind
        many = rng.randint(2, 4) if style == "parallel" else 1
        targets = rng.sample(below, min(many, len(below)))
        chance = rng.choice((1.0, 1.0, 0.6))
        if style == "fan-out":
            calls = [Call(targets[0], chance, (2, 5))]
        elif style == "async" and rng.random() < 0.5:
            calls = [Call(targets[0], chance, later=True)]
        elif style == "retries":
            calls = [Call(targets[0], chance, attempts=3)]
        else:
            calls = [Call(target, chance) for target in targets]
        steps.append(tuple(calls))
    return tuple(steps)


def requests(made: System, many: int, seed: int) -> Iterator[list[TrueSpan]]:
    """The spans of so many requests, the root first."""
    return (spans for spans, _ in known_requests(made, many, seed))


def known_requests(made: System, many: int, seed: int) -> Iterator[tuple[list[TrueSpan], dict[str, Inner]]]:
    """The same requests, and what each of their spans was about, by id."""
    rng = random.Random(f"{seed} {made.kind}")
    for number in range(many):
        request = _Request(made, rng)
        yield request.run(BEGIN_NS + number * 50 * MS), request.inner


class _Request:
    """One request while it runs."""

    def __init__(self, made: System, rng: random.Random) -> None:
        self.system = made
        self.rng = rng
        self.trace_id = f"{rng.getrandbits(128):032x}"
        self.spans: list[TrueSpan] = []
        self.inner: dict[str, Inner] = {}

    def run(self, start_ns: int) -> list[TrueSpan]:
        self._call(self.rng.choice(self.system.entries), start_ns, None, False, 0)
        return self.spans

    def _call(self, number: int, start_ns: int, parent: str | None, later: bool, depth: int, kind: str = "") -> int:
        """Runs an operation; when all of it had ended."""
        operation = self.system.operations[number]
        place = self._begin(operation.service, operation.name, start_ns, parent, later, kind)
        span_id = self.spans[place].span_id
        at = own = start_ns + self._work(operation)
        made = []
        for step in operation.steps:
            made.append(self._step(step, number, at, span_id, depth))
            at = made[-1].answered_ns + self._work(operation)
        lingers = self._exponential(self.system.lingers_us) if parent is not None and self.system.lingers_us else 0
        self.spans[place] = self.spans[place]._replace(end_ns=own if operation.hurried else at + lingers)
        ends = not operation.hurried and not self.system.lingers_us
        self.inner[span_id] = Inner(tuple(made), operation.work_us, WORK_SPREAD, ends)
        return at

    def _begin(self, service: str, name: str, start_ns: int, parent: str | None, later: bool, kind: str) -> int:
        """Adds a span that has not ended: its place."""
        span_id = f"{self.rng.getrandbits(64) | 1:016x}"
        self.spans.append(TrueSpan(self.trace_id, span_id, parent, service, name, start_ns, start_ns, later, kind))
        return len(self.spans) - 1

    def _step(self, step: tuple[Call, ...], number: int, at: int, parent: str, depth: int) -> Made:
        """Makes the calls of a step at once."""
        rng, answered = self.rng, at
        called: list[tuple[Call, int]] = []
        for call in step:
            if rng.random() >= call.chance or depth > 6:
                continue
            target = number if call.operation < 0 else call.operation
            for _ in range(rng.randint(*call.times)):
                sent = at + rng.randint(10 * US, 80 * US)  # one after the other leaves the caller
                if call.later or call.alone:
                    called.append((call, len(self.spans)))
                    self._call(target, sent + (self._queued() if call.later else self._hop()), parent, True, depth + 1)
                    continue
                for _ in range(call.attempts):
                    called.append((call, len(self.spans)))
                    done = self._ask(call, number, target, sent, parent, depth)
                    answered = max(answered, done)
                    if rng.random() < 0.75:
                        break
                    sent = done + rng.randint(1 * MS, 4 * MS)
        return Made(step, at, answered, tuple(called))

    def _ask(self, call: Call, caller: int, target: int, sent: int, parent: str, depth: int) -> int:
        """Makes a call and waits; when the answer is there."""
        if not call.client:
            return self._call(target, sent + self._hop(), parent, False, depth + 1) + self._hop()
        asked = self.system.operations[target]
        name = self.system.client_name.format(service=asked.service, name=asked.name)
        place = self._begin(self.system.operations[caller].service, name, sent, parent, False, "client")
        span_id, arrives = self.spans[place].span_id, sent + self._hop()
        answers = self._call(target, arrives, span_id, False, depth + 1, "server")
        done = answers + self._hop()
        self.spans[place] = self.spans[place]._replace(end_ns=done)
        step = Made(target, arrives, answers, ((call, place + 1),))
        self.inner[span_id] = Inner((step,), HOP_US, HOP_SPREAD, True)
        return done

    def _work(self, operation: Operation) -> int:
        cold = COLD if self.system.cold and self.rng.random() < self.system.cold else 1
        return int(self.rng.lognormvariate(0, WORK_SPREAD) * operation.work_us * US) * cold

    def _exponential(self, mean_us: int) -> int:
        return int(self.rng.expovariate(1 / (mean_us * US)))

    def _hop(self) -> int:
        return int(self.rng.lognormvariate(0, HOP_SPREAD) * HOP_US * US)

    def _queued(self) -> int:
        return int(self.rng.lognormvariate(0, QUEUE_SPREAD) * QUEUE_US * US)
