"""A program that writes a log and rotates it: the other side of a follow.

    python rotating.py FOLDER LINES PAUSE_S

It writes LINES lines to edge.log in FOLDER, and the same lines to all.txt, which nobody follows. Every few thousand lines it
rotates: by rename, by copying and truncating (nothing is written meanwhile), and older copies are compressed.
"""

from __future__ import annotations

import gzip
import random
import shutil
import sys
import time
from pathlib import Path

SPANS = 5
"""Lines of each trace."""


def line(number: int) -> str:
    """A line of a span that ends; five in a row are of one trace."""
    trace, span = number // SPANS + 1, number + 1
    parent = f',"parent_span_id":"{trace * SPANS - SPANS + 1:016x}"' if number % SPANS else ""
    time = f"2024-01-10T14:{number // 60_000:02d}:{number // 1000 % 60:02d}.{number % 1000:03d}Z"
    return (
        f'{{"timestamp":"{time}","level":"info","msg":"done","service":"edge","operation":"op {number % SPANS}",'
        f'"trace_id":"{trace:032x}","span_id":"{span:016x}"{parent},"duration_ms":{number % 97 + 1}}}\n'
    )


def rotate(folder: Path, turn: int) -> None:
    """One more generation: edge.log.1 is the newest; the third and older ones are compressed."""
    log = folder / "edge.log"
    for generation in range(turn + 1, 0, -1):
        for end in (".gz", ""):
            old = folder / f"edge.log.{generation}{end}"
            if old.exists():
                old.rename(folder / f"edge.log.{generation + 1}{end}")
    if turn % 2:
        shutil.copyfile(log, folder / "edge.log.1")
        log.write_bytes(b"")
    else:
        log.rename(folder / "edge.log.1")
    plain = folder / "edge.log.3"
    if plain.exists():
        with plain.open("rb") as data, gzip.open(folder / "edge.log.3.gz", "wb") as packed:
            shutil.copyfileobj(data, packed)
        plain.unlink()


def main(folder: Path, lines: int, pause_s: float) -> None:
    """Writes and rotates."""
    chance, turn, number = random.Random(7), 0, 0
    with (folder / "all.txt").open("w") as everything:
        while number < lines:
            for _ in range(chance.randint(1, 4)):
                some = "".join(line(n) for n in range(number, min(lines, number + chance.randint(1, 900))))
                number += some.count("\n")
                cut = chance.randint(0, len(some))  # a write may end anywhere in a line
                for part in (some[:cut], some[cut:]):
                    with (folder / "edge.log").open("a") as log:
                        log.write(part)
                    time.sleep(pause_s)
                everything.write(some)
            if chance.random() < 0.4:
                rotate(folder, turn)
                turn += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
