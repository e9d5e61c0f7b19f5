"""Settings for one store: secrets that are hashed are hashed with its key."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from logtrace import config
from logtrace.ingest.redact import redacted
from logtrace.ingest.secrets.configured import redaction_text
from logtrace.ingest.secrets.wanted import OFF, STORE_KEY, Wanted
from logtrace.ingest.settings import Settings


def keyed(settings: Settings, store: Path, shared: bool = False) -> Settings:
    """The settings with the key of a store, where they ask for it; the store is made then, if it is not there."""
    if settings.redaction in ("", OFF) or (wanted := Wanted.of_text(settings.redaction)).hash_key != STORE_KEY:
        return settings
    from logtrace.store.file.keys import redaction_key

    return settings._replace(redaction=wanted._replace(hash_key=redaction_key(store, shared)).text())


def without_secrets(text: str, store: Path) -> str:
    """What people write into a store, without what would be taken out of a line by the configuration."""
    told = config.load()
    settings = keyed(Settings(redaction=redaction_text(told.redaction, told.ingest.trace_key, told.formats_text())), store)
    return redacted(text.encode("utf-8", "surrogatepass"), settings.redaction, Counter()).decode("utf-8", "surrogatepass")
