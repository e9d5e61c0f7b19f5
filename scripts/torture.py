"""Tortures logtrace, part by part; started by scripts/torture."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, as_completed
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import NamedTuple

sys.path.insert(1, str(Path(__file__).parent.parent))  # what tests have to receive and to write is of use here as well

from ordeals import crash, damage, faults, fuzz, walk
from ordeals.leftovers import EndedError, workplace
from ordeals.outcome import Outcome
from ordeals.progress import Progress


class Part(NamedTuple):
    """A kind of harm. run(seed, amount, folder to work in, progress). full and quick: (amount, minutes that it takes on two
    processors beside the others); an amount of 0 is all there is."""

    name: str
    run: Callable[[int, int, Path, Progress], Outcome]
    full: tuple[int, float]
    quick: tuple[int, float]


PARTS = (
    Part("crash", crash.run, (160, 3), (8, 0.5)),
    Part("push", crash.run_push, (20, 0.3), (2, 0.1)),
    Part("follow", crash.run_follow, (30, 1.5), (2, 0.1)),
    Part("damage", damage.run, (60, 1), (4, 0.2)),
    Part("hostile", walk.run, (0, 12), (150, 0.5)),
    Part("faults", faults.run, (200, 3), (10, 0.7)),
    Part("fuzz", fuzz.run, (300, 8.5), (14, 0.5)),
)


class Done(NamedTuple):
    """A part that was suffered: what came of it, beginning with which seed, in how many seconds."""

    outcome: Outcome
    seed: int
    took_s: float


class Task(NamedTuple):
    """A part that is to be suffered, by its name: so often, from a seed on, about so many minutes (0: nobody knows)."""

    name: str
    seed: int
    amount: int
    minutes: float


def suffer(task: Task, folder: Path) -> Done:
    """One part; what ends it before its time is a trouble as well."""
    progress, started = Progress(task.name), time.monotonic()
    progress.say(f"from seed {task.seed} on" + (f", about {task.minutes:g} min" if task.minutes else ""))
    (folder / task.name).mkdir()
    run = next(part.run for part in PARTS if part.name == task.name)
    try:
        outcome = run(task.seed, task.amount, folder / task.name, progress)
    except Exception as error:  # noqa: BLE001 - the others are still to come
        outcome = Outcome(0, f"({task.name} broke off)", (f"{type(error).__name__}: {error}",))
    return Done(outcome, task.seed, time.monotonic() - started)


def suffered(tasks: Sequence[Task], folder: Path) -> Iterator[tuple[str, Done]]:
    """Name and outcome of each part, once it is over: as many beside one another as there are processors, the longest first."""
    wanted = sorted(tasks, key=lambda task: -task.minutes)
    with ProcessPoolExecutor(min(len(wanted), os.cpu_count() or 1), get_context("spawn"), os.setsid) as lanes:
        begun = {lanes.submit(suffer, task, folder): task for task in wanted}
        try:
            yield from ((begun[each].name, _done(each, begun[each])) for each in as_completed(begun))
        except BaseException:
            for lane in active_children():
                lane.kill()
            raise


def _done(ended: Future[Done], task: Task) -> Done:
    try:
        return ended.result()
    except BrokenExecutor as error:  # killed by the system, for want of memory for one
        return Done(Outcome(0, f"({task.name} broke off)", (f"{error}",)), task.seed, 0)


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
    ended: dict[str, Done] = {}
    started, incomplete = time.monotonic(), None
    try:
        with workplace(Progress("before").say) as folder:
            ended.update(suffered(_tasks(asked), folder))
    except EndedError as error:
        incomplete = error
    done = {part.name: ended[part.name] for part in PARTS if part.name in ended}
    if asked.json and not incomplete:
        print(json.dumps({name: {**each._asdict(), "outcome": each.outcome._asdict()} for name, each in done.items()}, indent=2))
    else:
        lines = shown(done, time.monotonic() - started)
        print("\n".join([*lines, *([f"not complete: {incomplete}"] if incomplete else [])]))
    return 128 + incomplete.number if incomplete else int(any(each.outcome.troubles for each in done.values()))


def _tasks(asked: argparse.Namespace) -> list[Task]:
    wanted = [part for part in PARTS if not asked.parts or part.name in asked.parts]
    if asked.amount is not None:
        return [Task(part.name, asked.seed, asked.amount, 0) for part in wanted]
    return [Task(part.name, asked.seed, *(part.quick if asked.quick else part.full)) for part in wanted]


def shown(done: dict[str, Done], took_s: float) -> list[str]:
    """A table of the counts, then what was left out and what went wrong, each with how to see it again."""
    lines = [f"{'':9}{'count':>12}{'troubles':>10}{'from seed':>11}{'minutes':>9}"]
    for name, (outcome, seed, own_s) in done.items():
        lines.append(f"{name:9}{outcome.count:>12,}{len(outcome.troubles):>10,}{seed:>11}{own_s / 60:>9.1f}  {outcome.what}")
    lines += [f"left out of {name}: {reason}" for name, each in done.items() for reason in each.outcome.left_out]
    troubles = [f"✗ {name}: {trouble}" for name, each in done.items() for trouble in each.outcome.troubles]
    again = ["Again, alone: scripts/torture PART --seed SEED --amount 1"] if troubles else []
    told = f"{len(troubles)} troubles" if troubles else "nothing lost, nothing double, nothing executed"
    return [*lines, *troubles, *again, f"{told}; {took_s / 60:.1f} min"]


if __name__ == "__main__":
    sys.exit(main())
