"""Secrets in what services log. They were taken out when the lines were read: the marks that stand for them are found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import ERROR, Finding
from logtrace.model import Trace
from logtrace.patterns import lazy_pattern
from logtrace.units import counted

_MARK = lazy_pattern(r"\[(?:REDACTED:|HASH#[0-9a-f]{16}:)([\w-]+)\]")


class _Secrets:
    def __init__(self) -> None:
        self._found = Tally()

    def see(self, trace: Trace) -> None:
        for name, span in observed(trace):
            for key, value in span.attributes.items():
                for rule in dict.fromkeys(_marks(value)):
                    self._found.add(f"{name}, {key}: {rule}", trace, span)

    def findings(self, kept: Kept) -> Iterator[Finding]:
        for about, count in self._found.counts.most_common():
            place, _, rule = about.rpartition(": ")
            yield self._found.finding(
                about, f"a secret ({rule}) in {counted(count, 'span')}; it was taken out when it was read here", place
            )
        if kept.secrets:
            told = f"{counted(kept.secrets, 'line')} had a secret, which was taken out when it was read here"
            yield Finding(told, places=kept.secret_places)


def _marks(value: Any) -> list[str]:
    if isinstance(value, str):
        return _MARK.findall(value) if "[" in value else []
    return _MARK.findall(repr(value)) if isinstance(value, list | dict) else []


CHECK = Check(
    "secrets",
    ERROR,
    "logs hold no secrets",
    "Logs are copied to places that nobody guards like a vault, and kept for years. A key that was logged has to be replaced.",
    "Log the id of a key (api.key_id) instead of the key, that a login worked (auth.success) instead of the password, and mask\n"
    "headers before they are logged. logtrace help redaction tells what is found.",
    _Secrets,
)
