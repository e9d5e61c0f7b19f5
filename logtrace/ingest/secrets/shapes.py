"""Texts that are secrets wherever they stand: keys of known services, tokens, cards."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import NamedTuple

from logtrace.patterns import lazy_pattern


class Shape(NamedTuple):
    """A rule: a pattern (RE2), and what of its match is the secret.

    inner       a pattern whose first group is the secret in the match; None: all of it
    check       whether what was found is one indeed
    near        what stands before it in its line, where it is one only then; the secret begins at its first group, if it has one
    asked       only where the configuration asks for it
    """

    rule: str
    pattern: bytes
    inner: re.Pattern[bytes] | None = None
    check: Callable[[bytes], bool] | None = None
    near: re.Pattern[bytes] | None = None
    asked: bool = False


def luhn(text: bytes) -> bool:
    """Whether digits end with the right check digit (ISO/IEC 7812-1), and are more than one digit many times."""
    digits = [char - 48 for char in text if 48 <= char <= 57]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(digits[::-2]) + sum(doubled)) % 10 == 0


_STANDARD = bytes.maketrans(b"-_", b"+/")


def _is_basic(text: bytes) -> bool:
    """Whether a text is `user:password` in base64, or what SMTP makes of them."""
    try:
        found = base64.b64decode(text.replace(b"\\", b"").translate(_STANDARD), validate=True)
        return b":" in found or found.count(b"\0") == 2
    except binascii.Error:
        return False


def _is_address(text: bytes) -> bool:
    return all(int(part) < 256 for part in text.split(b"."))


def _has_digit(text: bytes) -> bool:
    return any(48 <= char <= 57 for char in text)


_VISA_AND_OTHERS = rb"(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6(?:011|5[0-9]{2}))(?:[ .-]?[0-9]{4}){3}"
_AMEX = rb"3[47][0-9]{2}[ .-]?[0-9]{6}[ .-]?[0-9]{5}"
_PARTED = rb"(?:35[0-9]{2}|62[0-9]{2}|64[4-9][0-9])(?:[ -][0-9]{4}){3}|3[068][0-9]{2}[ -][0-9]{6}[ -][0-9]{4}"
"""Further kinds of cards, only as people write them: as mere digits they are too much like other numbers."""

_AFTER_SIGN = lazy_pattern(rb"=(.+)", re.DOTALL)
_SECOND_WORD = lazy_pattern(rb"\S+\s+(\S+)")
_BASE64 = rb"(?:[\w.~+/-]|\\+/)"

SHAPES: tuple[Shape, ...] = (
    Shape("aws_key", rb"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?:[:/,;| ]{1,2}[A-Za-z0-9/+]{40})?\b"),
    Shape("github_token", rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"),
    Shape(
        "gitlab_token",
        rb"\b(?:gl(?:pat|rt|dt|ft|cbt|ptt|imt|agent|soat|oas|ffct|wt)-[A-Za-z0-9_.-]{20,}|GR1348941[A-Za-z0-9_-]{20})",
    ),
    Shape("slack_token", rb"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxoxe\.xox[bp]-[A-Za-z0-9-]{10,}|\bxapp-[0-9]-[A-Za-z0-9-]{10,}"),
    Shape(
        "slack_webhook", rb"hooks\.slack(?:-gov)?\.com(?:\\*/)(?:services|workflows|triggers)(?:\\*/)(?:[A-Za-z0-9_/]|\\+/){20,}",
        lazy_pattern(rb"(?:services|workflows|triggers)\\*/(.+)"),
    ),
    Shape(
        "discord_token",
        rb"\b[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}|discord(?:app)?\.com\\*/api\\*/webhooks\\*/[0-9]+\\*/[\w-]{40,}",
        lazy_pattern(rb"(?:webhooks\\*/[0-9]+\\*/)?([^/\\]+)$"),
    ),
    Shape("anthropic_key", rb"\bsk-ant-[A-Za-z0-9_-]{20,}"),
    Shape("openai_key", rb"\bsk-(?:(?:proj|svcacct|admin|None|or-v1)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{32,})"),
    Shape(
        "google_key",
        rb"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{28}|"
        rb"\b1//0[A-Za-z0-9_-]{40,}|\bAPA91b[A-Za-z0-9_-]{60,}",
    ),
    Shape("stripe_key", rb"\b(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9+/]{24,}"),
    Shape("sendgrid_key", rb"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    Shape("twilio_key", rb"\bSK[0-9a-f]{32}\b"),
    Shape("mail_key", rb"\bkey-[0-9a-f]{32}\b|\bxkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    Shape("mail_key", rb"-us[0-9]{1,2}\b", near=lazy_pattern(rb"\b([0-9a-f]{32})$")),
    Shape("azure_key", rb"[0-9]Q~[\w~.-]{31,34}", near=lazy_pattern(rb"([\w~.-]{3})$")),
    Shape("npm_token", rb"\bnpm_[A-Za-z0-9]{36}"),
    Shape("pypi_token", rb"\bpypi-[A-Za-z0-9_-]{50,}"),
    Shape("huggingface_token", rb"\b(?:hf|api_org)_[A-Za-z]{30,}|\bhf_[A-Za-z0-9]{30,}"),
    Shape("telegram_token", rb":AA[A-Za-z0-9_-]{32,}", near=lazy_pattern(rb"\b([0-9]{8,10})$")),
    Shape(
        "service_token",
        rb"\bdo[opr]_v1_[0-9a-f]{64}|\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}|\bhv[sbr]\.[A-Za-z0-9_-]{24,}|\bHRKU-[A-Za-z0-9_-]{30,}|"
        rb"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|\bsq0(?:atp|csp)-[A-Za-z0-9_-]{22,}|\bdapi[0-9a-f]{32}|\bATATT3[A-Za-z0-9_=-]{40,}|"
        rb"\bNRAK-[A-Z0-9]{27}|\bgl(?:sa|c)_[A-Za-z0-9+/=_]{32,}|\bsntry[su]_[A-Za-z0-9+/=_-]{40,}|\blin_api_[A-Za-z0-9]{32,}|"
        rb"\bntn_[A-Za-z0-9]{40,}|\bfig[du]_[A-Za-z0-9_-]{36,}|\brubygems_[0-9a-f]{48}|\bpscale_(?:tkn|pw|oauth)_[\w.=-]{32,}|"
        rb"\bsbp_[0-9a-f]{40}|\bgsk_[A-Za-z0-9]{40,}|\bxai-[A-Za-z0-9]{60,}|\br8_[A-Za-z0-9]{36,}|\bpplx-[A-Za-z0-9]{40,}|"
        rb"\bpul-[0-9a-f]{40}|\bdp\.(?:pt|st|ct|sa)\.[A-Za-z0-9._-]{40,}|\bAGE-SECRET-KEY-1[A-Z0-9]{50,}|\btskey-[a-z]+-[A-Za-z0-9-]{16,}|"
        rb"\bEAACEdEose0cBA[A-Za-z0-9]{16,}|\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    ),
    Shape("service_token", rb"\.atlasv1\.[A-Za-z0-9_=-]{60,}", near=lazy_pattern(rb"\b([A-Za-z0-9]{14})$")),
    Shape(
        "jwt",
        rb"\beyJ[A-Za-z0-9_-]{6,}\.(?:eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?|"
        rb"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)",
    ),
    Shape("bearer", rb"(?i:\bbearer\s+" + _BASE64 + rb"{16,}=*)", _SECOND_WORD),
    Shape("basic_auth", rb"(?i:\b(?:basic|plain)\s+(?:[\w+/-]|\\+/){8,}={0,2})", lazy_pattern(rb"(\S+)$"), _is_basic),
    Shape(
        "url_password", rb":(?:\\*/){2}[^\s/:@\[\"'\\]*:[^\s/?#\"'\\<>]+@", lazy_pattern(rb":[\\/]+[^:]*:(.+)@"),
    ),
    Shape("url_password", rb":(?:\\?/){2}[\w%~-]{20,}@", lazy_pattern(rb":[\\/]+(.+)@"), _has_digit),
    Shape("url_password", rb"@(?:tcp|unix)\(", lazy_pattern(rb"()@"), near=lazy_pattern(rb"[\w.-]:([^\s:@/\]\"'\\]+)$")),
    Shape("url_password", rb":thin:[^\s/@\"'\\]+\\*/[^\s@\"'\\]+@", lazy_pattern(rb"/(.+)@")),
    Shape(
        "url_signature",
        rb"(?i:(?:[?&;]|u0026)(?:sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature)=[\w%.+/=-]{16,})",
        _AFTER_SIGN,
    ),
    Shape(
        "password", rb"(?i:\bidentified\s+(?:with\s+[^\s]+\s+)?(?:by|as)\s+(?:password\s+)?'[^'\n]+')", lazy_pattern(rb"'(.+)'"),
    ),
    Shape(
        "password", rb"\s(?:-u|-U|--user|--proxy-user)[ =]?(?:\\*[\"'])?[^\s:\"'\\/]+:[^\s\"'\\]+", lazy_pattern(rb":(.+)"),
        lambda value: not value.isdigit(),
        near=lazy_pattern(rb"\b(?:curl|wget|httpie?|xh)\b"),
    ),
    Shape(
        "password", rb"\s-p(?:\\*[\"'])?[^\s\"'\\-][^\s\"'\\]+", lazy_pattern(rb"-p(?:\\*[\"'])?(.+)"),
        near=lazy_pattern(rb"\b(?:mysql\w*|mariadb[\w-]*|sshpass|7z[ar]?|zip|unrar|mongo\w*)\b"),
    ),
    Shape(
        "password", rb"\s-[paw] (?:\\*[\"'])?[^\s\"'\\-][^\s\"'\\]+", lazy_pattern(rb"-[paw] (?:\\*[\"'])?(.+)"),
        near=lazy_pattern(
            rb"\b(?:sshpass|mongo\w*|(?:docker|podman|az|helm|oc) (?:registry )?login|redis-cli|"
            rb"ldap(?:search|modify|add|whoami))\b"
        ),
    ),
    Shape("card", rb"\b(?:" + _VISA_AND_OTHERS + rb"|" + _AMEX + rb"|" + _PARTED + rb")\b", None, luhn),
    Shape("email", rb"\b[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b", asked=True),
    Shape("ip", rb"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b", None, _is_address, asked=True),
)  # fmt: skip
"""In the order of the rules in an account. Where several begin at one place, the first counts."""

_OF_A_TRACE = lazy_pattern(rb"(?i)(?:trace|span|parent)[\w.-]*$|(?:^|[._-])b3$")
_ID = lazy_pattern(rb"(?i)ids?$|^(?:trace|span|parent|id)\b")
_BEFORE = lazy_pattern(rb"([\w.$@-]+)[\"'\\\]]*\s*(?:[:=]|\s)\s*[\"'\\\[]*$")
_IN_CONTEXT = lazy_pattern(rb"[0-9a-fA-F]{8}:$")


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
