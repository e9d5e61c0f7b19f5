"""Tables of logtrace.toml, as plain values: what may stand in each, and what goes together. `config` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

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
                if why := _no_pattern(pattern):
                    return key, f"{pattern!r} is no pattern of RE2: {why}"
        named = next((name for name in self.patterns if not name.replace("_", "").replace("-", "").isalnum()), None)
        return ("patterns", f"{named!r} is no name: take letters, digits, - and _") if named is not None else None


@dataclass(frozen=True)
class Check:
    """[[checks]]: a rule for `logtrace check`; what it expects is a sentence (see query.rules)."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = CHECKED

    expect: str
    name: str = ""
    level: Literal["error", "warning", "note"] = "error"


def _no_pattern(pattern: str) -> str:
    """Why a text is no RE2 pattern; "" where it is one."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        return error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
    return ""
