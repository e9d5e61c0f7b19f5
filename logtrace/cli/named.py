"""@last, @slowest and @error: names that only a store can answer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logtrace.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from logtrace.api import Store

NAMES = {
    "@last": "the most recent",
    "@slowest": "the slowest",
    "@error": "the most recent that failed",
}
"""Name → the trace it means."""


def is_name(text: str) -> bool:
    """Whether a text is one of the names, in any case."""
    return text.strip().lower() in NAMES


def refuse_name(text: str) -> None:
    """Raises UsageError for a name that is looked for in files."""
    if is_name(text):
        raise UsageError(f"{text} needs a store, and here are files", "ingest them first, or give the id of a trace")


def require_named(store: Store, text: str) -> None:
    """Raises NotFoundError, saying what is missing, where a name means no trace of a store."""
    if not is_name(text) or store.find(text):
        return
    if not store.traces(limit=1):
        raise NotFoundError(f"the store at {store.name} holds no traces", "logtrace ingest PATH… reads logs into it")
    raise NotFoundError(f"no trace in {store.name} failed", "logtrace traces lists what is there")
