"""Texts that are secrets wherever they stand: keys of known services, tokens, cards."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import NamedTuple


class Shape(NamedTuple):
    """A rule: a pattern (RE2), and what of its match is the secret.

    inner       a pattern whose first group is the secret in the match; None: all of it
    check       whether what was found is one indeed
    asked       only where the configuration asks for it
    """

    rule: str
    pattern: bytes
    inner: re.Pattern[bytes] | None = None
    check: Callable[[bytes], bool] | None = None
    asked: bool = False


def luhn(text: bytes) -> bool:
    """Whether digits end with the right check digit (ISO/IEC 7812-1), and are more than one digit many times."""
    digits = [char - 48 for char in text if 48 <= char <= 57]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(digits[::-2]) + sum(doubled)) % 10 == 0


def _is_basic(text: bytes) -> bool:
    """Whether a text is `user:password` in base64."""
    try:
        return b":" in base64.b64decode(text, validate=True)
    except binascii.Error:
        return False


def _is_address(text: bytes) -> bool:
    return all(int(part) < 256 for part in text.split(b"."))


_VISA_AND_OTHERS = rb"(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6(?:011|5[0-9]{2}))(?:[ -]?[0-9]{4}){3}"
_AMEX = rb"3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}"
_AFTER_SIGN = re.compile(rb"=(.+)", re.DOTALL)

SHAPES: tuple[Shape, ...] = (
    Shape("aws_key", rb"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?:[:/,;| ]{1,2}[A-Za-z0-9/+]{40})?\b"),
    Shape("github_token", rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"),
    Shape("gitlab_token", rb"\bgl(?:pat|rt|dt|cbt|ptt)-[A-Za-z0-9_-]{20,}"),
    Shape("slack_token", rb"\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bxapp-[0-9]-[A-Za-z0-9-]{10,}"),
    Shape(
        "slack_webhook", rb"hooks\.slack\.com(?:\\?/)(?:services|workflows)(?:\\?/)[A-Za-z0-9_\\/]{20,}",
        re.compile(rb"(?:services|workflows)\\?/(.+)"),
    ),
    Shape("anthropic_key", rb"\bsk-ant-[A-Za-z0-9_-]{20,}"),
    Shape("openai_key", rb"\bsk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{32,})"),
    Shape("google_key", rb"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{28}"),
    Shape("stripe_key", rb"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,}"),
    Shape("sendgrid_key", rb"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    Shape("twilio_key", rb"\bSK[0-9a-f]{32}\b"),
    Shape("npm_token", rb"\bnpm_[A-Za-z0-9]{36}"),
    Shape("pypi_token", rb"\bpypi-[A-Za-z0-9_-]{50,}"),
    Shape("huggingface_token", rb"\bhf_[A-Za-z0-9]{30,}"),
    Shape("telegram_token", rb"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}"),
    Shape("jwt", rb"\beyJ[A-Za-z0-9_-]{6,}\.eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?"),
    Shape("bearer", rb"(?i:\bbearer\s+[\w.~+/-]{16,}=*)", re.compile(rb"\S+\s+(\S+)")),
    Shape("basic_auth", rb"(?i:\bbasic\s+[\w+/-]{8,}={0,2})", re.compile(rb"\S+\s+(\S+)"), _is_basic),
    Shape(
        "url_password", rb":(?:\\?/){2}[^\s/:@\"'\\]*:[^\s/?#\"'\\<>]+@", re.compile(rb":[\\/]+[^:]*:(.+)@"),
    ),
    Shape(
        "url_signature", rb"(?i:[?&;](?:sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature)=[\w%.+/=-]{16,})",
        _AFTER_SIGN,
    ),
    Shape("card", rb"\b(?:" + _VISA_AND_OTHERS + rb"|" + _AMEX + rb")\b", None, luhn),
    Shape("email", rb"\b[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b", asked=True),
    Shape("ip", rb"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b", None, _is_address, asked=True),
)  # fmt: skip
"""In the order of the rules in an account. Where several begin at one place, the first counts."""

_OF_A_TRACE = re.compile(rb"(?i)(?:trace|span|parent)[\w.-]*$|(?:^|[._-])b3$")
_ID = re.compile(rb"(?i)ids?$|^(?:trace|span|parent|id)\b")
_BEFORE = re.compile(rb"([\w.$@-]+)[\"'\\\]]*\s*(?:[:=]|\s)\s*[\"'\\\[]*$")
_IN_CONTEXT = re.compile(rb"(?:[0-9a-fA-F]{8}[:-]|[.-])$")


def key_before(text: bytes) -> bytes:
    """The key, or the word, whose value begins where a text ends; b"" where there is none."""
    found = _BEFORE.search(text)
    return found[1] if found else b""


def is_an_id(rule: str, before: bytes) -> bool:
    """Whether what follows some text is an id, by the key or the word in front of it: those of traces are no secrets for any
    rule, others not for rules about mere numbers."""
    key = key_before(before)
    if _OF_A_TRACE.search(key) is not None:
        return True
    return rule == "card" and (_ID.search(key) is not None or _IN_CONTEXT.search(before) is not None)
