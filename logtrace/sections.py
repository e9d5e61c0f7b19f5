"""Tables of logtrace.toml, as plain values: what may stand in each, and what goes together. `config` reads them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from logtrace.units import duration_text_ns

CHECKED = {"extra": "forbid"}


@dataclass(frozen=True)
class Redaction:
    """[redaction]: what is taken out of lines before anything else is done with them.

    mode            mask; hash: equal secrets get equal marks, by a key of the store; off
    keys            patterns (`*`, `?`) of further keys that have secrets; allow_keys: of keys that have none
    patterns        name → RE2 pattern of further texts that are secrets; allow: patterns of texts that are none
    also            email and ip, which stay else; without: names of rules that are off
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = CHECKED

    mode: Literal["mask", "hash", "off"] = "mask"
    keys: list[str] = field(default_factory=list)
    allow_keys: list[str] = field(default_factory=list)
    patterns: dict[str, str] = field(default_factory=dict)
    allow: list[str] = field(default_factory=list)
    also: list[Literal["email", "ip"]] = field(default_factory=list)
    without: list[str] = field(default_factory=list)

    def trouble(self) -> tuple[str, str] | None:
        """(key, what is wrong) where a pattern can't be read or an own rule has no name to go by; None where all is well."""
        for key, patterns in (("patterns", list(self.patterns.values())), ("allow", self.allow)):
            for pattern in patterns:
                if why := no_pattern(pattern):
                    return key, f"{pattern!r} is no pattern of RE2: {why}"
                if _takes_nothing(pattern):
                    return key, f"{pattern!r} also holds for no text at all, and so everywhere"
        named = next((name for name in self.patterns if not name.replace("_", "").replace("-", "").isalnum()), None)
        return ("patterns", f"{named!r} is no name: take letters, digits, - and _") if named is not None else None


@dataclass(frozen=True)
class Check:
    """[[checks]]: a rule for `logtrace check`; what it expects is a sentence (see query.rules)."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = CHECKED

    expect: str
    name: str = ""
    level: Literal["error", "warning", "note"] = "error"


@dataclass(frozen=True)
class PreservationRule:
    """[[preservation_rules]]: traces that a condition (an expression) holds for stay for a time, such as 30d."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = CHECKED

    name: str
    condition: str
    ttl: str


KEEPERS = ("pinned", "others", "sample", "always", "not judged yet", "no rule")
"""Names that a prune tells beside those of rules."""

LEAST_SIZE = 1_000_000
"""No store can be kept smaller: a size whose unit was forgotten would cost all traces."""

ALWAYS_KEPT = ("error = true", "duration > 1000", "trace.duration > 1000", "cost.estimated > 1.0")
"""What no sample leaves out: a request is slow where one of its spans is, or all of them together."""


@dataclass(frozen=True)
class Preservation:
    """[preservation]: what goes for all traces.

    ttl         how long traces stay that no rule holds for; "": as the shortest rule, without rules for good
    max_size    how large the store may get, such as 10GB; "": any size
    sample      how many stay of those that no rule and no condition in `always` holds for, such as 1%; "": all
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = CHECKED

    ttl: str = ""
    max_size: str = ""
    sample: str = ""
    always: list[str] = field(default_factory=lambda: list(ALWAYS_KEPT))

    def trouble(self) -> tuple[str, str] | None:
        """(key, what is wrong) where a value can't be read; None where all is well."""
        if self.ttl and not _is_time(self.ttl):
            return "ttl", f"{self.ttl!r} is no time: write 30d or 12h"
        if self.max_size and not size_bytes(self.max_size):
            return "max_size", f"{self.max_size!r} is no size: write 500MB or 10GB"
        if self.max_size and (size_bytes(self.max_size) or 0) < LEAST_SIZE:
            return "max_size", f"{self.max_size!r} is hardly more than a store takes that is empty: write 500MB or 10GB"
        if self.sample and share_of(self.sample) is None:
            return "sample", f"{self.sample!r} is no share: write 1%"
        return None


def rules_trouble(rules: list[PreservationRule]) -> tuple[str, str] | None:
    """(key, what is wrong) with rules of preservation; None where all is well."""
    if wrong := next((rule for rule in rules if not _is_time(rule.ttl)), None):
        return "ttl", f"rule {wrong.name!r}: {wrong.ttl!r} is no time: write 30d or 12h"
    return names_trouble([rule.name for rule in rules], KEEPERS)


def names_trouble(names: Iterable[str], taken: Collection[str] = ()) -> tuple[str, str] | None:
    """(key, what is wrong) with the names of rules: reports tell by them which one it was. "" is none."""
    seen = set(taken)
    for name in filter(None, names):
        if name in seen:
            why = "says what keeps a trace that no rule does" if name in taken else "is the name of two rules"
            return "name", f"{name!r} {why}: take another"
        seen.add(name)
    return None


def _is_time(text: str) -> bool:
    found = duration_text_ns(text)
    return found is not None and 0 < found < 1 << 60


def size_bytes(text: str) -> int:
    """The bytes of a size such as 500MB; 0 for what is none."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKmMgGtT]?)i?[bB]?", text.strip())
    return round(float(found[1]) * 1000 ** " kmgt".index(found[2].lower() or " ")) if found else 0


def share_of(text: str) -> float | None:
    """The share of 1% or 0.01; None for what is none, or no share."""
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
    return found if 0 <= found <= 1 else None


def _takes_nothing(pattern: str) -> bool:
    import re2

    return re2.compile(pattern).fullmatch("") is not None


def no_pattern(pattern: str) -> str:
    """Why a text is no RE2 pattern; "" where it is one."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        return error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
    return ""
