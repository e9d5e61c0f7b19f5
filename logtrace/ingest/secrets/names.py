"""Keys whose values are secrets, whatever they look like: `user.password`, `X-Api-Key`, `authToken`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple


class Name(NamedTuple):
    """A rule: the ends of keys that have secrets (RE2, any case), and which values count.

    wanted      whether a value (not empty, no placeholder) is a secret; None: always
    numbers     whether a bare JSON number is one
    """

    rule: str
    ends: bytes
    wanted: Callable[[bytes], bool] | None = None
    numbers: bool = False


def looks_secret(value: bytes) -> bool:
    """Whether a text is more likely a secret than a word."""
    if len(value) < 6 or (b" " in value and not _SCHEME.match(value)):
        return False
    return len(value) >= 16 or any(48 <= char <= 57 for char in value)


def _is_no_path(value: bytes) -> bool:
    return not value.startswith((b"/", b"~", b"."))


_SCHEME = re.compile(rb"\w+ \S+$")
_END = rb"(?:[._-]?(?:hash|digest|new|old|current|confirm(?:ation)?|repeat|plain|value|text|\d))?"
_OF_A_KEY = rb"(?:api|access|account|auth|subscription|signing|encryption|decryption|master|private|service|shared[._-]?access)"

NAMES: tuple[Name, ...] = (
    Name("password", rb"(?:passw(?:or)?d|passwort|passphrase|passcode|[._-]pass)s?" + _END, None, numbers=True),
    Name("password", rb"pwd", _is_no_path),
    Name("secret", rb"secret(?:[._-]?(?:access[._-]?)?key)?" + _END),
    Name("api_key", _OF_A_KEY + rb"[._-]?key" + _END),
    Name("token", rb"(?:token|jwt)" + _END, looks_secret),
    Name("authorization", rb"authorization", looks_secret),
    Name("cookie", rb"cookies?", lambda value: b"=" in value or looks_secret(value)),
    Name("credentials", rb"credentials?|[._-]creds", looks_secret),
    Name("card_check", rb"cvv2?|cvc2?|card[._-]?pin", None, numbers=True),
    Name("ssn", rb"(?:\b|_)ssn|social[._-]?security(?:[._-]?(?:number|no))?", None, numbers=True),
)
"""In the order of the rules in an account. The first whose end a key has is the one that counts."""

_COUNTED = (
    rb"max|min|num|per|total|prompt|completion|input|output|cached|next|prev(?:ious)?|page|pagination|continuation|sync|resume|"
    rb"cancel(?:lation)?|eos|bos|pad|unk|sep|cls|mask|stop|start|end|has|is|no|with|require[sd]?|missing|invalid|unexpected|"
    rb"public|cache"
)
_HARMLESS = re.compile(rb"(?i)(?:^|[._-])(?:" + _COUNTED + rb")[._-]?[a-z]+$")


def is_harmless(key: bytes) -> bool:
    """Whether a key that ends like one with a secret has none: `max_token`, `page_token`, `has_password`."""
    return _HARMLESS.search(key) is not None


PLACEHOLDER = re.compile(
    rb"(?i)\[+[^\[\]]*\]+|redacted|filtered|masked|hidden|removed|scrubbed|sanitized|[*x\xe2\x80\xa2.#_-]{3,}|\*+|"
    rb"<[^>]*>|\$\d+|\?|:\w+|%\(?\w*\)?[sdv]|\$?\{\{?[^}]*\}\}?|\(.*\)|"
    rb"null|none|nil|true|false|undefined|yes|no|on|off|empty|unset|invalid|required|missing|ok"
)
"""What stands where a secret was, or would be."""
