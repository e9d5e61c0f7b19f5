"""Two populations of requests with a known difference, many times over, and what `logtrace compare` says of each.

    scripts/accuracy compare [--runs 50] [--only NAME…] [--json]

Every population goes through the program: written as logs, ingested, compared by windows. Halves of one population are
drawn at random instead, from these logs and from those of scripts/make_logs.py.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from make_logs import tell_even
from make_logs import write_logs as write_even_logs

from logtrace import api
from logtrace.analysis.cohorts.attributes import Carried
from logtrace.analysis.cohorts.findings import Finding
from logtrace.analysis.cohorts.measured import EDGE, ERRORS, NODE, Cohorts
from logtrace.analysis.cohorts.windows import CohortComparison, Side, compare_cohorts
from logtrace.jobs.statistics.cohorts import Chosen
from logtrace.store.reading.arrays import Window, span_columns
from logtrace.store.reading.attribute_arrays import attribute_triples
from logtrace.units import NS

BEGIN_NS = 1_704_067_200 * NS["s"]  # 2024-01-01
SIGMA = 0.3
FAILING = 0.01
NETWORK_MS = 1.0
TIERS = ("free", "pro", "enterprise")


class Op(NamedTuple):
    """What one operation does: its own time, half before its calls and half after, then the calls one after the other."""

    service: str
    name: str
    own_ms: float
    calls: tuple[int, ...] = ()


OPS = (
    Op("edge-mcp", "POST /api/v1/tasks", 12, (1, 2, 3, 4, 5)),
    Op("edge-mcp", "ValidateRequest", 4),
    Op("edge-mcp", "AuthorizeUser", 25),
    Op("edge-mcp", "CreateTask", 45),
    Op("edge-mcp", "PublishToQueue", 18, (8,)),
    Op("ws-gateway", "NotifyAgents", 8, (6, 7)),
    Op("ws-gateway", "SelectAgent", 6),
    Op("ws-gateway", "SendMessage", 20),
    Op("worker", "ProcessTask", 10, (9, 10, 11)),
    Op("worker", "FetchFromQueue", 12),
    Op("worker", "ExecuteTask", 320),
    Op("worker", "StoreResult", 30),
)
OTHER = (Op("edge-mcp", "GET /api/v1/tasks", 5, (1,)), Op("edge-mcp", "ListTasks", 9))
REMOTE = (5, 8)
"""The operations that another service calls."""


class Twist(NamedTuple):
    """What is otherwise in one population. place: of OPS."""

    place: int = -1
    slower: float = 1.0
    failures: float = 0.0
    delay_ms: float = 0.0
    other: float = 0.2


class Scenario(NamedTuple):
    """A difference, how many requests a side has, and whether a comparison tells it."""

    name: str
    size: int
    twist: Callable[[random.Random], Twist]
    is_right: Callable[[CohortComparison, Twist], bool]


def request(rng: random.Random, start_ns: int, twist: Twist) -> Iterator[bytes]:
    """The lines of one request, a span each."""
    ops = OTHER if rng.random() < twist.other else OPS
    trace = f"{rng.getrandbits(128):032x}"
    common = {
        "trace_id": trace,
        "level": "info",
        "msg": "done",
        "user.tier": rng.choice(TIERS),
        "request.bytes": rng.randint(200, 900),
    }
    yield from _span(rng, ops, 0, start_ns, "", common, twist if ops is OPS else Twist())[1]


def _span(
    rng: random.Random, ops: tuple[Op, ...], place: int, start_ns: int, parent: str, common: dict[str, Any], twist: Twist
) -> tuple[int, list[bytes]]:
    """(end, lines) of a span and all it calls."""
    op, span = ops[place], f"{rng.getrandbits(64):016x}"
    own_ns = op.own_ms * rng.lognormvariate(0, SIGMA) * NS["ms"] * (twist.slower if place == twist.place else 1)
    at_ns, lines = start_ns + round(own_ns / 2), []
    for call in op.calls:
        remote = ops[call].service != op.service
        way_ms = (NETWORK_MS * rng.lognormvariate(0, SIGMA) + (twist.delay_ms if call == twist.place else 0)) if remote else 0
        end_ns, told = _span(rng, ops, call, at_ns + round(way_ms * NS["ms"]), span, common, twist)
        at_ns = end_ns + round(way_ms * NS["ms"])
        lines += told
    end_ns = at_ns + round(own_ns / 2)
    failing = FAILING + (twist.failures if place == twist.place else 0)
    said: dict[str, Any] = {
        "service": op.service,
        "operation": op.name,
        "span_id": span,
        **({"parent_span_id": parent} if parent else {}),
    }
    said |= {"timestamp": end_ns, "duration_ns": end_ns - start_ns}
    if rng.random() < failing:
        said |= {"status": "error", "error.type": "Timeout", "error.message": "timed out"}
    return end_ns, [*lines, orjson.dumps({**common, **said}, option=orjson.OPT_APPEND_NEWLINE)]


def write(path: Path, scenario: Scenario, runs: int, seed: int) -> list[tuple[Chosen, Chosen, Twist]]:
    """The logs of all runs of a scenario: each has two windows of its own, a second a request."""
    made = []
    with path.open("wb") as file:
        for run in range(runs):
            rng = random.Random(f"{scenario.name} {seed} {run}")
            twist = scenario.twist(rng)
            starts = [BEGIN_NS + (2 * run + side) * 2 * scenario.size * NS["s"] for side in (0, 1)]
            for start, each in zip(starts, (Twist(), twist), strict=True):
                for number in range(scenario.size):
                    file.writelines(request(rng, start + number * NS["s"], each))
            windows = [Chosen(start, start + scenario.size * NS["s"]) for start in starts]
            made.append((windows[0], windows[1], twist))
    return made


def first_names(kinds: tuple[str, ...]) -> Callable[[CohortComparison, Twist], bool]:
    """Whether the first finding is of one of these kinds and names the operation (of an edge: as its caller)."""

    def holds(found: CohortComparison, twist: Twist) -> bool:
        first = found.found.findings[:1]
        return any(each.kind in kinds and each.operation == OPS[twist.place][:2] for each in first)

    return holds


def names_the_edge(found: CohortComparison, twist: Twist) -> bool:
    """Whether the first finding is the way to the operation, and the operation itself is in none."""
    callee = OPS[twist.place][:2]
    first = found.found.findings[:1]
    blamed = any(each.kind == NODE and each.operation == callee for each in found.found.findings)
    return any(each.kind == EDGE and each.other == callee for each in first) and not blamed


def calls_nothing_slower(found: CohortComparison, _: Twist) -> bool:
    """Whether the mix is told and no time is called longer."""
    slower: list[Finding] = [each for each in found.found.findings if each.kind in (NODE, EDGE)]
    return bool(found.mix) and not slower


SCENARIOS = (
    Scenario("30 % slower, 200 a side", 250, lambda rng: Twist(rng.randrange(12), slower=1.3), first_names((NODE, EDGE))),
    Scenario("12 points, 200 a side", 250, lambda rng: Twist(rng.randrange(12), failures=0.12), first_names((ERRORS,))),
    Scenario("5 points, 1,000 a side", 1250, lambda rng: Twist(rng.randrange(12), failures=0.05), first_names((ERRORS,))),
    Scenario("network delay 10 ms", 250, lambda rng: Twist(rng.choice(REMOTE), delay_ms=5), names_the_edge),
    Scenario("another mix", 250, lambda _: Twist(other=0.6), calls_nothing_slower),
)
"""A fifth of the requests is of another kind, so that a side has 200 (1,000) of those that differ."""


def right(scenario: Scenario, runs: int, seed: int) -> float:
    """The share of the runs in which the comparison tells the difference."""
    with tempfile.TemporaryDirectory() as folder:
        made = write(Path(folder) / "a.log", scenario, runs, seed)
        api.ingest([f"{folder}/a.log"], f"{folder}/s.db")
        with api.open(f"{folder}/s.db") as store:
            return sum(scenario.is_right(store.compare_populations(*two), twist) for *two, twist in made) / runs


def halves(runs: int, seed: int, even: bool) -> float:
    """How many findings there are between two random halves of one population of 1,000 requests, on average."""
    with tempfile.TemporaryDirectory() as folder:
        if even:
            write_even_logs(Path(folder), 27_000, seed, tell_even)
        else:
            write(Path(folder) / "a.log", Scenario("one", 500, lambda _: Twist(), calls_nothing_slower), 1, seed)
        api.ingest([str(path) for path in Path(folder).glob("*.log")], f"{folder}/s.db")
        with api.open(f"{folder}/s.db") as store:
            spans = span_columns(store.reader, Window())
            carried = Carried(*attribute_triples(store.reader, spans.row))
    lows = np.unique(spans.trace)
    found = [_between(np.random.default_rng(seed + run).permutation(lows), Cohorts, spans, carried) for run in range(runs)]
    return sum(found) / runs


def _between(lows: Any, cohorts: Any, spans: Any, carried: Carried) -> int:
    is_after = {int(low): place % 2 == 1 for place, low in enumerate(lows)}
    side = Side("", None, None, len(lows) // 2, len(lows) // 2, 0.0)
    found = compare_cohorts(side, side, cohorts(spans, is_after), carried, (), ())
    return len(found.found.findings) + len(found.values) + len(found.mix)


def main() -> None:
    """Prints a line a scenario."""
    parser = argparse.ArgumentParser(prog="scripts/accuracy compare", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", nargs="+", default=[each.name for each in SCENARIOS])
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    figures = {
        f"findings between random halves, {name}": halves(args.runs, args.seed, even)
        for name, even in (("generated", False), ("make_logs", True))
    }
    figures |= {f"right: {each.name}": right(each, args.runs, args.seed) for each in SCENARIOS if each.name in args.only}
    print(json.dumps(figures, indent=1) if args.json else "\n".join(f"{name:45}{value:7.2f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
