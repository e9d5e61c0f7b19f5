"""Room for the store, and where it lies."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from logtrace.jobs.checkups._checkup import Patient, Told, note, trouble, well
from logtrace.store.upkeep.status import size_of
from logtrace.units import format_bytes

LEAST_BYTES = 100_000_000
SHARED = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs"}
"""File systems on which locks and mapped memory, which a write-ahead log needs, can't be trusted between machines."""
_MOUNTS = Path("/proc/mounts")


def check(patient: Patient) -> Iterator[Told]:
    """How much is free beside what the store takes, and whether its file system is shared between machines."""
    if patient.path is None:
        return
    folder = next(each for each in patient.path.absolute().parents if each.exists())
    free, size = shutil.disk_usage(folder).free, size_of(patient.path)
    told = f"{format_bytes(free)} are free where the store ({format_bytes(size)}) is"
    if free < LEAST_BYTES:
        yield trouble(told, "make room, or set preservation.max_size: logtrace help preservation")
    elif free < size:
        yield note(f"{told}: too little for the copy that prune and redact make meanwhile", "make room before logtrace prune")
    else:
        yield well(told)
    if (kind := kind_of(folder)) in SHARED:
        yield trouble(f"the store is on a file system of other machines ({kind})", "keep it on a local disk: --store names it")


def kind_of(folder: Path) -> str:
    """The kind of file system that a folder is on; "" where that can't be told."""
    try:
        mounts = [line.split(" ")[1:3] for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return ""
    real = os.path.realpath(folder)
    above = [(len(place), kind) for place, kind in mounts if os.path.commonpath((place, real)) == place]
    return max(above, default=(0, ""))[1]
