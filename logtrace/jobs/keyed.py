"""Settings for one store: secrets that are hashed are hashed with its key."""

from __future__ import annotations

from pathlib import Path

from logtrace.ingest.records import Settings
from logtrace.ingest.redact import OFF, STORE_KEY
from logtrace.ingest.secrets.wanted import Wanted


def keyed(settings: Settings, store: Path, shared: bool = False) -> Settings:
    """The settings with the key of a store, where they ask for it; the store is made then, if it is not there."""
    if settings.redaction in ("", OFF) or (wanted := Wanted.of_text(settings.redaction)).hash_key != STORE_KEY:
        return settings
    from logtrace.store.keys import redaction_key

    return settings._replace(redaction=wanted._replace(hash_key=redaction_key(store, shared)).text())
