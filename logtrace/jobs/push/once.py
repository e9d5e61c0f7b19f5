"""A push that ends when all is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from logtrace.delivery import Pushed
from logtrace.jobs.push.choice import Choice, chosen
from logtrace.jobs.push.session import How, Progress, Session, require_libraries
from logtrace.jobs.push.target import Target
from logtrace.jobs.verbs.store import Store
from logtrace.store.search.traces import Search, Wanted


def push(
    store: Store, target: Target, choice: Choice, how: How, *, say: Callable[[str], None], progress: Progress | None = None,
    dry: bool = False,
) -> Pushed:  # fmt: skip
    """Sends what a receiver does not have of some traces. Where that ends early, `stopped` says why; again it sends the rest.

    Raises as `chosen` does; UsageError where a library is missing or files of TLS can't be used, StoreError where the store
    can't be written or another process pushes to the same receiver.
    """
    from logtrace.jobs.push.pusher import HaltedError

    require_libraries(target)
    traces = chosen(store, choice)
    notes = tuple(Search(store.reader, Wanted()).notes())
    session = Session(store, target, how, say, threading.Event(), progress)
    if dry:
        return replace(session.would(traces), notes=notes)
    with session:
        try:
            session.push(traces)
        except HaltedError as error:
            return replace(session.account(), stopped=error.told, hint=error.hint, notes=notes)
        return replace(session.account(), notes=notes)
