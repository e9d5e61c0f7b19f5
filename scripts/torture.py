"""Tortures logtrace, part by part; started by scripts/torture."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(1, str(Path(__file__).parent.parent))  # what tests have to receive and to write is of use here as well

from ordeals import crash, damage, faults, fuzz, walk
from ordeals.outcome import Outcome

Say = Callable[[str], None]


class Part(NamedTuple):
    """A kind of harm. run(amount, seed, folder to work in, say): amount is what is done in full, quick what in a minute."""

    name: str
    run: Callable[[int, int, Path, Say], Outcome]
    full: int
    quick: int


PARTS = (
    Part("crash", crash.run, 200, 14),
    Part("damage", damage.run, 60, 4),
    Part("hostile", walk.run, 0, 300),
    Part("faults", faults.run, 200, 15),
    Part("fuzz", fuzz.run, 600_000, 12_000),
)


def talk(sentence: str) -> None:
    """Says on stderr what goes on."""
    print(f"torture: {sentence}", file=sys.stderr, flush=True)


def suffer(part: Part, *, quick: bool, seed: int) -> Outcome:
    """One part, in a folder that is gone afterwards."""
    talk(part.name)
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        return part.run(part.quick if quick else part.full, seed, Path(folder), talk)


def main() -> int:
    """Runs the parts that were asked for; 1 where something went wrong."""
    parser = argparse.ArgumentParser(prog="scripts/torture", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(part.name for part in PARTS))
    parser.add_argument("--quick", action="store_true", help="a minute in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - {part.name for part in PARTS}:
        parser.error(f"there is no part {min(unknown)}")
    started = time.monotonic()
    done = {p.name: suffer(p, quick=asked.quick, seed=asked.seed) for p in PARTS if not asked.parts or p.name in asked.parts}
    troubles = [trouble for outcome in done.values() for trouble in outcome.troubles]
    if asked.json:
        print(json.dumps({name: outcome._asdict() for name, outcome in done.items()}, indent=2))
    else:
        show(done, time.monotonic() - started)
    return 1 if troubles else 0


def show(done: dict[str, Outcome], took_s: float) -> None:
    """The counts, then what went wrong."""
    for outcome in done.values():
        print(f"{outcome.count:>12,}  {outcome.what}")
        for reason in outcome.left_out:
            print(f"{'':>12}  left out: {reason}")
    troubles = [trouble for outcome in done.values() for trouble in outcome.troubles]
    for trouble in troubles:
        print(f"✗ {trouble}")
    told = f"{len(troubles)} troubles" if troubles else "nothing lost, nothing double, nothing executed"
    print(f"{told}; {took_s:,.0f} s")


if __name__ == "__main__":
    sys.exit(main())
