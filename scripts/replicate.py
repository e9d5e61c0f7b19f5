#!/usr/bin/env python3
"""Writes logs of a folder many times over, each time with other trace and span ids: small real logs as large ones.

    .venv/bin/python scripts/replicate.py FOLDER OUTDIR BYTES

Words of 16 or 32 hexadecimal digits are ids; the same word becomes the same other word within one copy. Times stay.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

_ID = re.compile(rb"\b(?:[0-9a-f]{32}|[0-9a-f]{16})\b")
_STEP = 0x9E3779B97F4A7C15  # odd: no two copies have the same mask
_MASK = (1 << 64) - 1


def replicate(folder: Path, out: Path, size: int) -> tuple[int, int]:
    """Writes at least `size` bytes; returns (lines, bytes)."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    copies = -(-size // max(1, sum(path.stat().st_size for path in files)))
    out.mkdir(parents=True, exist_ok=True)
    lines = written = 0
    for path in files:
        data = path.read_bytes()
        with (out / path.name).open("wb") as file:
            for number in range(copies):
                written += file.write(_renamed(data, number * _STEP & _MASK))
                lines += data.count(b"\n")
    return lines, written


def _renamed(data: bytes, mask: int) -> bytes:
    return _ID.sub(lambda found: found[0][:-16] + b"%016x" % (int(found[0][-16:], 16) ^ mask), data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("bytes", type=int)
    args = parser.parse_args()
    lines, size = replicate(args.folder, args.outdir, args.bytes)
    print(f"{lines} lines, {size} bytes in {args.outdir}")


if __name__ == "__main__":
    main()
