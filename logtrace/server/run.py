"""Running the application until it is told to stop."""

from __future__ import annotations

import gc
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from logtrace.errors import UsageError
from logtrace.jobs.workers.allocation import give_memory_back
from logtrace.server.app import make_app
from logtrace.server.guard import Rules
from logtrace.server.patience import Impatient

if TYPE_CHECKING:
    from logtrace.server.otlp_in import Intake

_PATIENCE_S = 2
_BACKLOG = 128
_MOST_CONNECTIONS = 500
_UNREAD_MS = 30_000
_SOON_S = 2.0
_COLLECT = 50_000, 20, 20
"""Large answers make many objects that live briefly: looking for cycles among them took a fifth of the time."""


def serve(store: Path, host: str, port: int, rules: Rules, started: Callable[[str], None], intake: Intake | None = None) -> None:
    """Serves a store until SIGINT or SIGTERM; intake: it also takes OTLP. `started` is called with the address once clients
    may come; port 0 is any that is free. Raises UsageError where the address is taken."""
    taken = listening(host, port)
    bound = taken.getsockname()[1]
    config = uvicorn.Config(
        make_app(store, rules, intake), log_level="critical", access_log=False, server_header=False, date_header=True,
        timeout_graceful_shutdown=_PATIENCE_S, lifespan="on", ws="none", loop="asyncio", http=Impatient,
        limit_concurrency=_MOST_CONNECTIONS,
    )  # fmt: skip
    give_memory_back()
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    soon = threading.Timer(_SOON_S, prepare)
    soon.daemon = True
    soon.start()
    started(f"http://{_shown(host)}:{bound}{rules.root_path}/")
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn ends, then raises it once more: what is beside it ends as well
    with taken:
        uvicorn.Server(config).run(sockets=[taken])


def prepare() -> None:
    """Loads what the first request needs that reads a row, and the first of which parents are to be inferred: else its question
    would wait for that, and memory would grow by twenty megabytes in the middle of a day."""
    from logtrace.reconstruct.trace import repaired
    from logtrace.store.rows.fragments import attribute_refs

    repaired([])
    attribute_refs("")
    gc.freeze()


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises UsageError where it can't.

    It names its protocol: without that asyncio leaves small packets waiting for one another, 40 ms an answer.
    """
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # where a system has it: connections that nobody reads from end
            taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MS)
        taken.bind((host, port))
        taken.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        taken.close()
        told = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"can't listen at {host} port {port}: {told.lower()}", "--port 0 takes any that is free") from error
    return taken


def _shown(host: str) -> str:
    name = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    return f"[{name}]" if ":" in name else name
