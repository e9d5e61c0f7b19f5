"""What a note is about: a trace, or a kind of error."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from logtrace.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from logtrace.jobs.verbs.opened import Opened

MIN_PREFIX = 4


def subject_of(store: Opened, text: str) -> str:
    """The trace id or the fingerprint that a text means: a fingerprint or the beginning of one, or all that names a trace.

    Raises NotFoundError, offering near ones, where it means nothing; UsageError where it means several things.
    """
    known = [group.fingerprint for group in store.errors().groups]
    wanted = text.strip().lower()
    prints = [name for name in known if len(wanted) >= MIN_PREFIX and name.startswith(wanted)]
    if wanted in prints:
        return wanted
    traces = [summary.trace_id for summary in store.find(text)]
    found = [*prints, *traces]
    if len(found) > 1:
        raise UsageError(f"{text!r} means {len(found)} things: {', '.join(found[:10])}", "give more of it")
    if not found:
        near = [*get_close_matches(wanted, known, 3, 0.6), *store.nearest(text)]
        hint = f"nearest: {', '.join(near)}" if near else "logtrace errors lists fingerprints, logtrace traces lists traces"
        raise NotFoundError(f"no error and no trace {text!r} in {store.name}", hint)
    return found[0]
