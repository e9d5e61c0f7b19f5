"""Keys whose values are secrets, whatever they look like: `user.password`, `X-Api-Key`, `authToken`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from logtrace.ingest.secrets import words
from logtrace.ingest.secrets.shapes import luhn
from logtrace.patterns import lazy_pattern


class Name(NamedTuple):
    """A rule: the ends of keys that have secrets (RE2, any case), and which values count.

    wanted      whether a value (not empty, no placeholder) is a secret; None: always
    digits      a bare JSON number is one from so many digits on; 0: never
    least       how long a value has to be that stands behind the key without a sign: `password hunter2`; 0: none counts
    word        whether a word of letters alone may be one in a sentence: `password: swordfish`, not `first pass: done`
    """

    rule: str
    ends: bytes
    wanted: Callable[[bytes], bool] | None = None
    digits: int = 0
    least: int = 0
    word: bool = True


def looks_secret(value: bytes) -> bool:
    """Whether a text is more likely a secret than a word."""
    if len(value) < 6 or (b" " in value and not _SCHEME.match(value)):
        return False
    if len(value) >= 16 or any(48 <= char <= 57 for char in value):
        return True
    word = value.rstrip(b".!?")
    return len(word) >= 8 and word.isalpha() and not words.is_state(word)


def looks_made(value: bytes) -> bool:
    """Whether a text looks like a key that a machine made: long, with letters and digits; no path, no name in parts."""
    return _MADE.fullmatch(value) is not None and _MIXED.search(value) is not None


def _is_no_path(value: bytes) -> bool:
    return not value.startswith((b"/", b"~", b"."))


def _is_no_name(value: bytes) -> bool:
    """A secret of Kubernetes or a vault has a name: `db-credentials`, `secret/data/app`."""
    return _NAME_OF_ONE.fullmatch(value) is None


def _is_chosen(value: bytes) -> bool:
    """Whether a text was chosen as a password: `pass` also stands beside counts and results of tests."""
    return len(value) >= 4 and not _MEASURE.fullmatch(value) and not words.is_state(value) and _is_no_path(value)


def _is_code(value: bytes) -> bool:
    return 4 <= len(value) <= 32 and any(48 <= char <= 57 for char in value)


def _is_card(value: bytes) -> bool:
    digits = bytes(char for char in value if 48 <= char <= 57)
    return 12 <= len(digits) <= 19 and luhn(digits)


_SCHEME = lazy_pattern(rb"\w+ \S+$")
_MADE = lazy_pattern(rb"[A-Za-z0-9_+=]{16,}|[A-Za-z0-9+/]{40,}={0,2}")
_MEASURE = lazy_pattern(rb"[\d.,/:]+(?:[a-z]{1,2}|%)?")
_MIXED = lazy_pattern(rb"\d\D*[A-Za-z]|[A-Za-z]\D*\d")
_NAME_OF_ONE = lazy_pattern(rb"[a-z]+(?:[/._-][a-z]+)+")
_BEGIN = rb"(?:\b|_|\\[nrt])"
_END = rb"(?:[._-]?(?:hash|digest|new|old|current|confirm(?:ation)?|repeat|plain|value|text|\d))?"
_OF_A_KEY = rb"(?:api|access|auth|signing|encryption|decryption|master|private|shared[._-]?access)"
_OF_A_MADE_KEY = (
    rb"(?:account|subscription|service|licen[cs]e|hmac|aes|rsa|deploy|ssh|ssl|tls|webhook|admin|root|crypto|service[._-]?account)"
)
_OF_A_LONG_KEY = rb"(?:storage|session|client|app(?:lication)?)"
_OF_A_PASS = (
    rb"(?:user|db|smtp|imap|redis|root|admin|ftp|mail|login|pg|mysql|postgres|rabbit(?:mq)?|mongo|sudo|auth|account|basic|proxy|ssh|"
    rb"ldap|wifi|client|key[._-]?store|trust[._-]?store)"
)

NAMES: tuple[Name, ...] = (
    Name("password", rb"(?:pass[._-]?w(?:or)?d|passwort|pass[._-]?phrase|passcode|security[._-]?answer)s?" + _END, None, 1, 6),
    Name("password", _OF_A_PASS + rb"[._-]?(?:pass|pw)", lambda value: not words.is_state(value), 4, 6),
    Name("password", _BEGIN + rb"(?:pass|pw)", _is_chosen, 4, 6, word=False),
    Name("password", rb"pwd" + _END, _is_no_path, 4),
    Name("secret", _BEGIN + rb"(?:k8s[._-])?secret", _is_no_name, 4, 16),
    Name("secret", rb"secret(?:[ ._-]?(?:access[ ._-]?)?key)?" + _END, None, 4, 16),
    Name("api_key", _OF_A_KEY + rb"[ ._-]?key" + _END, lambda value: len(value) >= 4, 4, 16),
    Name("api_key", _OF_A_MADE_KEY + rb"[._-]?key" + _END, looks_secret, 6),
    Name("api_key", _OF_A_LONG_KEY + rb"[._-]?key" + _END, looks_made),
    Name("token", rb"(?:token|jwt)" + _END, looks_secret, 6, 16),
    Name("authorization", rb"authorization|basic[._-]?auth", looks_secret, 6),
    Name("authorization", _BEGIN + rb"auth", looks_made, word=False),
    Name("cookie", rb"cookies?", lambda value: b"=" in value or looks_secret(value)),
    Name("cookie", rb"(?:php|j|asp|_)sess(?:ion)?_?(?:id)?|connect\.sid", looks_secret),
    Name("credentials", rb"credentials?|" + _BEGIN + rb"creds?", looks_secret),
    Name("one_time_code", _BEGIN + rb"t?otp|(?:mfa|otp|2fa|sms|verification|recovery|backup|unlock)[._-]?code", _is_code, 4),
    Name("one_time_code", _BEGIN + rb"pin", lambda value: value.isdigit() and 4 <= len(value) <= 8, 4),
    Name("card", rb"(?:card|cc)[._-]?(?:number|num|no)|" + _BEGIN + rb"pan", _is_card, 12),
    Name("card_check", rb"cvv2?|cvc2?|card[._-]?pin|security[._-]?code", None, 1),
    Name("ssn", _BEGIN + rb"ssn|social[._-]?security(?:[._-]?(?:number|no))?", None, 1),
)
"""In the order of the rules in an account. The first whose end a key has is the one that counts."""

SPACED = lazy_pattern(rb"(?i)\b(?:api|access|secret|private|encryption|signing|auth|master) $")
"""The first word of a key of two: `API key`."""

_COUNTED = (
    rb"max|min|num|per|total|prompt|completion|input|output|cached|next|prev(?:ious)?|page|pagination|continuation|sync|resume|"
    rb"cancel(?:lation)?|eos|bos|pad|unk|sep|cls|mask|stop|start|end|has|is|no|with|require[sd]?|missing|invalid|unexpected|"
    rb"public|cache"
)
_HARMLESS = lazy_pattern(rb"(?i)(?:^|[._-])(?:" + _COUNTED + rb")[._-]?[a-z]+$")


def is_harmless(key: bytes) -> bool:
    """Whether a key that ends like one with a secret has none: `max_token`, `page_token`, `has_password`."""
    return _HARMLESS.search(key) is not None


PLACEHOLDER = lazy_pattern(
    rb"(?i)\[+[^\[\]]*\]+|redacted|filtered|masked|hidden|removed|scrubbed|sanitized|[*x\xe2\x80\xa2.#_-]{3,}|\*+|"
    rb"<[^>]*>|[$@]p?\d+|[$@][A-Za-z_]+|\?|:\w+|%\(?\w*\)?[sdv]|\$?\{\{?[^}]*\}\}?|\(.*\)|"
    rb"null|none|nil|true|false|undefined|yes|no|on|off|empty|unset|invalid|required|missing|ok"
)
"""What stands where a secret was, or would be."""
