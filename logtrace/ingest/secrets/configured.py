"""What a configuration wants redacted, as the text that goes with the settings of a run (see Settings.redaction)."""

from __future__ import annotations

import orjson

from logtrace.errors import ConfigError
from logtrace.ingest.secrets.wanted import OFF, STORE_KEY, Wanted, rule_names
from logtrace.sections import Redaction

_OF_A_TRACE = ("trace", "span", "parent")


def redaction_text(section: Redaction, trace_key: str, formats: str) -> str:
    """What is redacted; "" where that is what is known. Keys that hold the ids of traces, by the configuration, are kept.

    Raises ConfigError where a rule that is to be off is not known.
    """
    if section.mode == "off":
        return OFF
    if unknown := [name for name in section.without if name not in rule_names()]:
        raise ConfigError(f"redaction.without: there is no rule {unknown[0]!r}", f"known: {', '.join(rule_names())}")
    own = [table.get(name) for table in orjson.loads(formats or "[]") for name in _OF_A_TRACE]
    keep = [key.rpartition(".")[2] for key in (trace_key, *own) if key]
    wanted = Wanted(
        tuple(section.keys), tuple(section.allow_keys), tuple(section.patterns.items()), tuple(section.allow),
        tuple(section.also), tuple(section.without), tuple(keep), STORE_KEY if section.mode == "hash" else "",
    )  # fmt: skip
    return "" if wanted == Wanted() else wanted.text()
