"""What shapes the records of a run, apart from its lines."""

from __future__ import annotations

from typing import NamedTuple

import orjson

PARSER_VERSION = 8
"""Goes up when formats improve: kept chunks of an older version can be parsed anew."""


class Settings(NamedTuple):
    """What shapes the records of a run; its text is kept with each source.

    zone              IANA name of the zone in which times without one are read
    default_service   for lines whose service nothing else tells
    formats           the user's own formats, as JSON: a list of the tables `[formats.NAME]`, each with its "name"
    trace_key         the key whose values group lines, before any trace id; "" for trace ids alone
    redaction         what is redacted, see ingest.redact.redactor; no part of the text: it shapes lines before they are kept
    """

    zone: str = "UTC"
    default_service: str = ""
    trace_key: str = ""
    formats: str = ""
    redaction: str = ""

    def text(self) -> str:
        """JSON that is equal for equal settings and parser versions."""
        shaping = {name: value for name, value in self._asdict().items() if name != "redaction"}
        return orjson.dumps({"parser": PARSER_VERSION, **shaping}).decode()

    @classmethod
    def of_text(cls, text: str) -> Settings:
        """The settings of a text, whatever the parser version was. Raises ValueError for a text of anything else."""
        known = orjson.loads(text)
        if not isinstance(known, dict) or any(not isinstance(known.get(name, ""), str) for name in cls._fields):
            raise ValueError(f"no settings: {text[:80]}")
        return cls(**{name: known[name] for name in cls._fields if name in known})


DEFAULTS = Settings()
