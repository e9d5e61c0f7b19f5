"""Tortures logtrace, part by part; started by scripts/torture."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(1, str(Path(__file__).parent.parent))  # what tests have to receive and to write is of use here as well

from ordeals import crash, damage, faults, fuzz, walk
from ordeals.leftovers import EndedError, workplace
from ordeals.outcome import Outcome
from ordeals.progress import Progress


class Part(NamedTuple):
    """A kind of harm. run(seed, amount, folder to work in, progress). full and quick: (amount, minutes that it takes on two
    processors); an amount of 0 is all there is."""

    name: str
    run: Callable[[int, int, Path, Progress], Outcome]
    full: tuple[int, float]
    quick: tuple[int, float]


PARTS = (
    Part("crash", crash.run, (160, 8), (8, 0.5)),
    Part("push", crash.run_push, (20, 1), (2, 0.2)),
    Part("follow", crash.run_follow, (30, 2), (2, 0.2)),
    Part("damage", damage.run, (60, 6), (4, 0.5)),
    Part("hostile", walk.run, (0, 30), (150, 0.5)),
    Part("faults", faults.run, (200, 10), (10, 0.8)),
    Part("fuzz", fuzz.run, (300, 5), (14, 0.3)),
)


class Done(NamedTuple):
    """A part that was suffered: what came of it, beginning with which seed, in how many seconds."""

    outcome: Outcome
    seed: int
    took_s: float


def suffer(part: Part, amount: int, minutes: float, seed: int, folder: Path) -> Done:
    """One part; what ends it before its time is a trouble as well."""
    progress, started = Progress(part.name), time.monotonic()
    progress.say(f"from seed {seed} on" + (f", about {minutes:g} min" if minutes else ""))
    (folder / part.name).mkdir()
    try:
        outcome = part.run(seed, amount, folder / part.name, progress)
    except Exception as error:  # noqa: BLE001 - the others are still to come
        outcome = Outcome(0, f"({part.name} broke off)", (f"{type(error).__name__}: {error}",))
    return Done(outcome, seed, time.monotonic() - started)


def main() -> int:
    """Runs the parts that were asked for; 1 where something went wrong."""
    parser = argparse.ArgumentParser(prog="scripts/torture", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(part.name for part in PARTS))
    parser.add_argument("--quick", action="store_true", help="a few minutes in all")
    parser.add_argument("--seed", type=int, default=1, help="the first seed; a trouble tells its own")
    parser.add_argument("--amount", type=int, help="how many, in place of what is usual: 1 is what one seed does, alone")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - {part.name for part in PARTS}:
        parser.error(f"there is no part {min(unknown)}")
    done: dict[str, Done] = {}
    try:
        with workplace(Progress("before").say) as folder:
            for part in PARTS:
                if not asked.parts or part.name in asked.parts:
                    amount, minutes = part.quick if asked.quick else part.full
                    given = asked.amount is not None
                    done[part.name] = suffer(part, asked.amount if given else amount, 0 if given else minutes, asked.seed, folder)
    except EndedError as error:
        print("\n".join([*shown(done), f"not complete: {error}"]))
        return 128 + error.number
    if asked.json:
        print(json.dumps({name: {**each._asdict(), "outcome": each.outcome._asdict()} for name, each in done.items()}, indent=2))
    else:
        print("\n".join(shown(done)))
    return int(any(each.outcome.troubles for each in done.values()))


def shown(done: dict[str, Done]) -> list[str]:
    """A table of the counts, then what was left out and what went wrong, each with how to see it again."""
    lines = [f"{'':9}{'count':>12}{'troubles':>10}{'from seed':>11}{'minutes':>9}"]
    for name, (outcome, seed, took_s) in done.items():
        lines.append(f"{name:9}{outcome.count:>12,}{len(outcome.troubles):>10,}{seed:>11}{took_s / 60:>9.1f}  {outcome.what}")
    lines += [f"left out of {name}: {reason}" for name, each in done.items() for reason in each.outcome.left_out]
    troubles = [f"✗ {name}: {trouble}" for name, each in done.items() for trouble in each.outcome.troubles]
    again = ["Again, alone: scripts/torture PART --seed SEED --amount 1"] if troubles else []
    told = f"{len(troubles)} troubles" if troubles else "nothing lost, nothing double, nothing executed"
    return [*lines, *troubles, *again, f"{told}; {sum(each.took_s for each in done.values()) / 60:.1f} min"]


if __name__ == "__main__":
    sys.exit(main())
