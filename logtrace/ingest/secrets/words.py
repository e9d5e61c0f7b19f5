"""Words that stand where a secret might: in a sentence about one, an error, a state. `password: must be longer` has none,
`password: swordfish` has one."""

from __future__ import annotations

from logtrace.patterns import lazy_pattern

_STATES = frozenset(
    b"""accepted active administrator allowed anonymous approved assigned attached authenticated authorized available basic
    bearer changed checked comment configured created declaration default delimiter denied deprecated disabled enabled
    endpoint error exchanged expected expired expiration expires expression external failed forbidden function generated
    granted identifier implicit inactive include included inherited internal keyword kerberos literal loaded managed
    mismatch mutual negotiate newline numeric omitted operator optional passed pending present provided punctuation
    punctuator received refreshed rejected renewed required restricted revoked rotated satisfied semicolon separator
    skipped specified statement stored string success successful successfully template terminator unauthenticated
    unauthorized unavailable unchanged undefined unexpected unknown unspecified unsupported unused updated validated
    verified whitespace""".split()
)
_OF_A_SENTENCE = _STATES | frozenset(
    b"""a access account already an and annotation any api are argument as at attempt authentication authorization bad base be
    because been before being blank body bytes call can cannot characters check client close closed complexity config
    connect connection contains context could could crypto data database decode decoding decrypt dial did do does doubled
    duplicate either empty encoding encrypt entry eof even exceeded exists expects fail failure fetch field file for
    format found from get had has hash have header host how http if illegal in incorrect input insufficient internal
    invalid io is issuer it its json key keys ldap least length less lookup lower make malformed map match matches max
    maximum may min minimum missing more must name need needs never new no none not nothing null number of ok old on one
    only open operation or out parameter parse parsing password path per permission please policy post previous problem
    property protocol read reason record redis refused request require requires reset resource response retry same secret
    see server service set should signature size some sql sslmode strength such system that the there this timeout timed
    to token too two type unable unmarshal update upper use user username uses using validation value verification verify
    was weak were what when which will with within without word write wrong yaml you your""".split()
)
_GOES_ON = frozenset(
    b"accepted and as at but by did does failed for from has host in is now on rejected then user"
    b" using via was while with".split()
)
_ENDS = lazy_pattern(rb"\s*(?:$|[\r\n\"'\\,;)\]}|<])")
_NEXT = lazy_pattern(rb"[ \t]+([A-Za-z]+)")
_RANDOM = lazy_pattern(rb"[bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ]{4}|[a-z][A-Z]")
_DIGIT_AND_LETTER = lazy_pattern(rb"\d.*[A-Za-z]|[A-Za-z].*\d")
_KNOWN = lazy_pattern(
    rb"(?i)(?:sha|md|argon|pbkdf|scrypt|bcrypt|utf|base|http|oauth|aes|ip|rfc|x|v|version)-?\d+\w*|[a-z_]+-\d+|0x\w+"
)
_CODE = lazy_pattern(rb"[A-Za-z_]\w*(?:\.[A-Za-z_]+)+")
_CALLED = lazy_pattern(rb"%|[A-Za-z_][\w.]*")
_NO_PUNCTUATION = lazy_pattern(rb"[^\s=:/()]+")
_ID = lazy_pattern(rb"[0-9a-fA-F]{16}|[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CASES = lazy_pattern(rb"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])")


def is_state(text: bytes) -> bool:
    """Whether a word says how something is, or what a parser met: what a key that may have a secret often has instead."""
    return text.lower() in _STATES


def is_of_sentence(text: bytes) -> bool:
    """Whether a word is one of those that sentences about secrets are made of."""
    return text.lower() in _OF_A_SENTENCE


def is_told(text: bytes, data: bytes, end: int) -> bool:
    """Whether what follows a key and a colon in a sentence, and ends there, is a value, no word of the sentence.

    Letters alone are a value where they look like none of a language, or where nothing follows but the end of the text or a
    word such as `for`. What ends with a colon is an error that wraps another.
    """
    if text.endswith(b":"):
        return False
    word = text.rstrip(b".!?")
    if not word.isalpha():
        return _CODE.fullmatch(text) is None
    if is_of_sentence(word):
        return False
    if _RANDOM.search(word) or _ENDS.match(data, end):
        return True
    following = _NEXT.match(data, end)
    return following is not None and following[1].lower() in _GOES_ON


def is_near(text: bytes, least: int) -> bool:
    """Whether what follows a key without a sign is a value: `password hunter2`. It has letters and digits, and is no id."""
    text = text.rstrip(b".!?")
    if len(text) < least or not _NO_PUNCTUATION.fullmatch(text) or not _DIGIT_AND_LETTER.search(text):
        return False
    if _KNOWN.fullmatch(text) or _ID.fullmatch(text):
        return False
    return least < 16 or len(text) >= 32 or _CASES.match(text) is not None


def is_code(text: bytes, data: bytes, end: int) -> bool:
    """Whether what follows a key and a sign, without quotes, is a line of a program: `token=request.token`, `x.get(…`."""
    return (_CALLED if data[end : end + 1] in (b"(", b"[") else _CODE).fullmatch(text) is not None
