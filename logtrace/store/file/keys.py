"""The key of a store, with which secrets are hashed: whoever has the store can try words with it, nobody else can."""

from __future__ import annotations

import secrets
from contextlib import closing
from pathlib import Path

from logtrace.store.file.database import connect_writer, writing

_BYTES = 32


def redaction_key(path: Path, shared: bool = False) -> str:
    """The key as hexadecimal text, made where there is none yet; the store as well. Raises StoreError."""
    with writing(path), closing(connect_writer(path, shared)) as connection:
        connection.execute("INSERT OR IGNORE INTO meta VALUES ('redaction_key', ?)", (secrets.token_hex(_BYTES),))
        return str(connection.execute("SELECT value FROM meta WHERE key = 'redaction_key'").fetchone()[0])
