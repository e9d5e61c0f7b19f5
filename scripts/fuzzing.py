"""Coverage-guided fuzzing with atheris; started by scripts/fuzz. Each target runs in a process of its own.

What goes wrong is told once for each kind, and the input is put into scripts/corpus/TARGET, where the tests find it from
then on. New inputs that reach something new go to --corpus, where that is given.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

_COUNT = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_PEAK = re.compile(r"stat::peak_rss_mb:\s*(\d+)")
KEPT = Path(__file__).parent / "corpus"


def one(name: str, seconds: int, corpus: Path) -> None:
    """Fuzzes a target in this process; does not return."""
    import atheris

    with atheris.instrument_imports(include=["logtrace"]):
        from ordeals import fuzz, targets
    target = next(each for each in targets.TARGETS if each.name == name)
    for number, seed in enumerate(fuzz.all_seeds(target)):
        (corpus / f"seed{number:04d}").write_bytes(seed)
    told: set[str] = set()

    def take(data: bytes) -> None:
        kind, sentence = fuzz.trouble(target, data)
        if kind and kind not in told:
            told.add(kind)
            (KEPT / name).mkdir(parents=True, exist_ok=True)
            (KEPT / name / sha256(data).hexdigest()[:16]).write_bytes(data)
            print(f"TROUBLE {name}: {sentence}: {data[:300]!r}", file=sys.stderr, flush=True)

    options = [f"-max_total_time={seconds}", "-rss_limit_mb=2000", "-timeout=30", "-max_len=4096", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], take)
    atheris.Fuzz()


def run(name: str, seconds: int, corpus: Path | None) -> tuple[int, list[str]]:
    """(inputs, troubles) of a target that is fuzzed for so long."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        place = corpus / name if corpus else Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, __file__, "--one", name, "--seconds", str(seconds), "--corpus", str(place)]
        done = subprocess.run(command, capture_output=True, check=False, cwd=folder)
    said = done.stderr.decode(errors="replace")
    troubles = [line for line in said.splitlines() if line.startswith("TROUBLE ")]
    if done.returncode:
        troubles.append(f"{name} ended with {done.returncode}: {said[-1000:]}")
    found, peak = _COUNT.search(said), _PEAK.search(said)
    count = int(found[1]) if found else 0
    print(f"{name:<14} {count:>12,} inputs in {seconds} s, {peak[1] if peak else '?'} MB, {len(troubles)} troubles", flush=True)
    return count, troubles


def main() -> int:
    """Fuzzes the targets asked for; 1 where something went wrong."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--corpus", type=Path, help="a folder to go on with, and to keep what reaches something new in")
    parser.add_argument("--list", action="store_true", help="the targets")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    if asked.one:
        os.environ["PYTHONPATH"] = ""
        one(asked.one, asked.seconds, asked.corpus)
    from ordeals.targets import TARGETS

    names = [target.name for target in TARGETS]
    if asked.list:
        print("\n".join(names))
        return 0
    if unknown := set(asked.targets) - set(names):
        parser.error(f"there is no target {min(unknown)}")
    results = [run(name, asked.seconds, asked.corpus) for name in asked.targets or names]
    troubles = [trouble for _, found in results for trouble in found]
    print("\n".join([f"{sum(count for count, _ in results):,} inputs, {len(troubles)} troubles", *troubles]))
    return int(bool(troubles))


if __name__ == "__main__":
    sys.exit(main())
