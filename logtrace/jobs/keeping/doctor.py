"""Doctor: all checkups of a store, and a new store where one is to be saved."""

from __future__ import annotations

import time
from pathlib import Path

from logtrace.errors import StoreError
from logtrace.health import Examined
from logtrace.jobs.checkups import CHECKUPS
from logtrace.jobs.checkups._checkup import Patient
from logtrace.store.damage.soundness import sickness
from logtrace.store.file.trouble import damage_in, damage_told


def examine(store: Path | None, *, repair: bool = False, now_ns: int | None = None) -> Examined:
    """Looks at a store (None: the configuration is broken, so nobody knows where it is) and changes nothing in it.

    repair      makes a new store of its lines beside it. Raises StoreError where that can't be.
    """
    patient = Patient(store, time.time_ns() if now_ns is None else now_ns)
    found = tuple(finding for checkup in CHECKUPS for finding in checkup.findings(patient))
    salvaged = None
    if repair and store is not None:
        from logtrace.jobs.keeping.salvage import salvage

        salvaged = salvage(store)
    return Examined(str(store or ""), found, salvaged)


def damage(store: Path) -> StoreError | None:
    """The error of a store whose rows are not what they can be; None where they are, or nobody can look for another reason."""
    try:
        told = sickness(store)
    except StoreError as error:
        return error if damage_in(error, store) else None
    return StoreError(*damage_told(told, store)) if told else None
