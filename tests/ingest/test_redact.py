"""Redaction: no secret of any kind stays, nothing else goes, lines and JSON stay what they are."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.errors import ConfigError
from logtrace.ingest.redact import OFF, Redactor, redacted
from logtrace.ingest.secrets.shapes import luhn
from logtrace.ingest.secrets.wanted import Wanted, rule_names
from tests.ingest.planted import KINDS, SPAN, TRACE, planted

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


def redact(text: str | bytes, wanted: Wanted | None = None) -> str:
    data = text.encode() if isinstance(text, str) else text
    return redacted(data, wanted.text() if wanted else "", Counter()).decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("found", [*planted(7, 200)], ids=lambda found: found.kind)
def test_no_planted_secret_stays(found) -> None:
    assert len(KINDS) == 25
    text = redact(found.line)
    assert found.secret in found.line.decode()
    assert found.secret not in text
    assert (TRACE in text) == (TRACE.encode() in found.line) and (SPAN in text) == (SPAN.encode() in found.line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"password":"hunter2"}', '{"password":"[REDACTED:password]"}'),
        ('{"password":"p\\"w\\\\","x":1}', '{"password":"[REDACTED:password]","x":1}'),
        ('{"db_password":12345}', '{"db_password":"[REDACTED:password]"}'),
        ('{"userPassword":"hunter2"}', '{"userPassword":"[REDACTED:password]"}'),
        ("{'password': 'hunter2', 'b': 1}", "{'password': '[REDACTED:password]', 'b': 1}"),
        (
            '{"m":"{\\u0022password\\u0022:\\u0022hunter2\\u0022}"}',
            '{"m":"{\\u0022password\\u0022:\\u0022[REDACTED:password]\\u0022}"}',
        ),
        ("{\"m\":\"{'password': 'hun'}\"}", "{\"m\":\"{'password': '[REDACTED:password]'}\"}"),
        ('{"headers":{"Authorization":["Bearer abc.def.g7"]}}', '{"headers":{"Authorization":["[REDACTED:authorization]"]}}'),
        (
            '{"key":"a.password","value":{"stringValue":"x"}}',
            '{"key":"a.password","value":{"stringValue":"[REDACTED:password]"}}',
        ),
        (
            '{"key":"a.password","type":"string","value":"x"}',
            '{"key":"a.password","type":"string","value":"[REDACTED:password]"}',
        ),
        ("login password=hunter2 ok", "login password=[REDACTED:password] ok"),
        ("run --password s3cret --fast", "run --password [REDACTED:password] --fast"),
        ("GET /x?access_token=abc123def&b=1", "GET /x?access_token=[REDACTED:token]&b=1"),
        ("Cookie: sid=abc; theme=dark status=200", "Cookie: [REDACTED:cookie] status=200"),
        ("Authorization: Bearer abcdef7 x=1", "Authorization: [REDACTED:authorization] x=1"),
        ("<password>hunter2</password>", "<password>[REDACTED:password]</password>"),
        ('password: Some("hunter2")', 'password: Some("[REDACTED:password]")'),
        ('{"password":"hunter2', '{"password":"[REDACTED:password]'),
        ("mysql://a:p@ss@db/x", "mysql://a:[REDACTED:url_password]@db/x"),
        ("card 4111 1111 1111 1111 declined", "card [REDACTED:card] declined"),
    ],
)
def test_the_ways_that_values_are_written(line: str, expected: str) -> None:
    assert redact(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        '{"api.key_id":"k-17","cache.key":"user:1","token_count":512,"prompt_tokens":12,"max_token":"abc1234567"}',
        '{"token":5,"password":null,"secret":true,"password":"","token":"the","authorization":"granted"}',
        '{"password":"***","secret":"[FILTERED]","api_key":"<hidden>","token":"xxxxxxxx"}',
        f'{{"trace_id":"{TRACE}","span_id":"{SPAN}","parent_span_id":"{SPAN}","order_id":"4111111111111111"}}',
        f'{{"traceparent":"00-{TRACE}-{SPAN}-01","b3":"{TRACE}-{SPAN}-1","uber-trace-id":"{TRACE}:{SPAN}:0:1"}}',
        f"span {SPAN} of trace {TRACE} ended, span_id={SPAN}",
        '{"dd.trace_id":"4111111111111111111","timestamp":1704897000123456789,"n":4111111111111112}',
        "password: must be longer, unexpected token: EOF, basic authentication failed for http://h:80/x@y",
        "UPDATE users SET password = $1 WHERE token = ? AND secret = :name",
        "pwd=/srv/app https://example.com:8080/a?x=1 task-sk-0001 disk-usage-of-the-machine-is-high-now",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redact(line) == line


def test_all_logs_of_the_stories_are_left_alone() -> None:
    """They hold real spans, ids of all kinds, headers and statements, and no secret."""
    for path in FIXTURES.glob("*/**/*"):
        if path.is_file() and path.suffix != ".md" and path.parts[-3:] != ("lint", "secrets", "bad.log"):
            data = path.read_bytes()
            counts: Counter[str] = Counter()
            assert redacted(data, "", counts) == data, (path, counts)


PRIVATE = "-----BEGIN RSA PRIVATE KEY-----\n" + "\n".join(["MIIEpAIBAAKCAQEA7bq1" + "Ab1+" * 11] * 3 + ["abcd1234", ""])
WHOLE = PRIVATE + "-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        orjson.dumps({"msg": WHOLE, "trace_id": TRACE}).decode(),
        orjson.dumps({"m": orjson.dumps({"pem": WHOLE}).decode(), "trace_id": TRACE}).decode(),
        "\n".join(orjson.dumps({"log": f"{line}\n", "trace_id": TRACE}).decode() for line in WHOLE.split("\n")),
        "\n".join(f"2024-01-10T14:30:00Z stdout F {line}" for line in WHOLE.split("\n")),
    ],
)
def test_private_keys_go_in_all_their_lines(text: str) -> None:
    found = redact(text)
    assert "Ab1+" not in found and "abcd1234" not in found
    assert found.count("\n") == text.count("\n") and found.count(TRACE) == text.count(TRACE)
    assert redact(found) == found


def test_a_private_key_that_was_cut_goes_as_well() -> None:
    lines = PRIVATE.split("\n")
    assert "Ab1+" not in redact("\n".join(lines[:3]) + "\nother")
    assert "Ab1+" not in redact("before\n" + "\n".join(lines[2:4]) + "\n-----END RSA PRIVATE KEY-----")


NESTED = st.recursive(
    st.text(max_size=20) | st.integers(-(1 << 53), 1 << 53) | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "password", "token", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(NESTED, st.integers(0, 3), st.text('ab1"\\é \n{', max_size=12))
def test_json_stays_json_and_lines_keep_their_number(value: object, depth: int, secret: str) -> None:
    text = orjson.dumps({"password": secret, "v": value, "trace_id": TRACE}).decode()
    for _ in range(depth):
        text = orjson.dumps({"log": text, "trace_id": TRACE}).decode()
    found = redact(text)
    assert redact(found) == found
    assert found.count("\n") == text.count("\n") and found.count(TRACE) == text.count(TRACE)
    inner = orjson.loads(found)
    for _ in range(depth):
        inner = orjson.loads(inner["log"])
    assert inner["trace_id"] == TRACE
    assert inner["password"] == ("[REDACTED:password]" if secret else "")


@given(st.binary(max_size=200))
def test_any_bytes_keep_their_line_ends(data: bytes) -> None:
    assert redacted(data, "", Counter()).count(b"\n") == data.count(b"\n")


@given(st.lists(st.integers(0, (1 << 64) - 1), min_size=1, max_size=20), st.sampled_from(["{:016x}", "{}", "{:032x}"]))
def test_no_id_is_ever_touched(ids: list[int], form: str) -> None:
    for number in ids:
        text = form.format(number)
        line = f'{{"trace_id":"{text}","span_id":"{text}","tags":{{"x.trace_id":"{text}"}},"msg":"span {text}"}} span_id={text}'
        assert redact(line) == line


def test_ids_of_decimal_digits_are_no_cards() -> None:
    random_ = random.Random(1)
    cards = [text for text in ("4" + "".join(random_.choices("0123456789", k=15)) for _ in range(2000)) if luhn(text.encode())]
    assert len(cards) > 100
    for text in cards:
        assert (
            redact(f'{{"span_id":"{text}","parent":"{text}","id":{text}}}')
            == f'{{"span_id":"{text}","parent":"{text}","id":{text}}}'
        )


def test_a_keyed_hash_tells_equal_secrets_and_nothing_else() -> None:
    one, two = Wanted(hash_key="00ff"), Wanted(hash_key="00fe")
    first = redact('{"password":"hunter2"} {"password":"hunter2"} {"password":"hunter3"}', one)
    marks = [word.split('"')[3] for word in first.split(" ")]
    assert marks[0] == marks[1] != marks[2] and "hunter" not in first
    assert marks[0].startswith("[HASH#") and redact(first, one) == first
    assert marks[0] not in redact('{"password":"hunter2"}', two)


def test_a_configuration_adds_rules_and_takes_some_away() -> None:
    wanted = Wanted(
        keys=("customer.*_no", "iban"), allow_keys=("demo.password",), patterns=(("badge", r"\bB-[0-9]{6}\b"),),
        allow=("hunter[0-9]",), also=("email",), without=("jwt",), keep=("session_token",),
    )  # fmt: skip
    line = '{"customer.x_no":7,"IBAN":"DE1","demo.password":"abc","password":"hunter2","n":"B-123456 a@b.org",'
    line += '"session_token":"abc12345"}'
    assert redact(line, wanted) == (
        '{"customer.x_no":"[REDACTED:own_key]","IBAN":"[REDACTED:own_key]","demo.password":"abc","password":"hunter2",'
        '"n":"[REDACTED:badge] [REDACTED:email]","session_token":"abc12345"}'
    )
    assert redact("10.0.0.1 a@b.org") == "10.0.0.1 a@b.org"
    assert redact("10.0.0.1 999.1.1.1", Wanted(also=("ip",))) == "[REDACTED:ip] 999.1.1.1"
    with pytest.raises(ConfigError, match="badge"):
        Redactor(Wanted(patterns=(("badge", "("),)))


def test_off_is_off_and_counts_are_by_rule() -> None:
    counts: Counter[str] = Counter()
    assert redacted(b"password=hunter2", OFF, counts) == b"password=hunter2" and not counts
    redacted(b"password=hunter2 token=abc12345\npassword=hunter3", "", counts)
    assert counts == {"password": 2, "token": 1} and counts.keys() <= set(rule_names())


def cri(*pieces: bytes) -> bytes:
    flags = [b"P"] * (len(pieces) - 1) + [b"F"]
    return b"".join(b"2025-11-10T19:36:18.123456789Z stdout %s %s\n" % pair for pair in zip(flags, pieces, strict=True))


def docker(*pieces: bytes) -> bytes:
    ends = [b""] * (len(pieces) - 1) + [b"\n"]
    texts = [(piece + end).decode() for piece, end in zip(pieces, ends, strict=True)]
    lines = [{"log": text, "stream": "stdout", "time": "2025-11-10T19:36:18.123456789Z"} for text in texts]
    return b"".join(orjson.dumps(line) + b"\n" for line in lines)


@pytest.mark.parametrize("wrap", [cri, docker])
@pytest.mark.parametrize("found", [*planted(11, 25)], ids=lambda found: found.kind)
def test_a_secret_that_is_cut_over_two_lines_is_one(wrap, found) -> None:
    """Wherever a runtime cuts a line, in the secret or in its key, nothing that is worth much stays."""
    line, secret = found.line, found.secret.encode()
    if b"\n" in line or secret not in line:
        return  # stacks and armour are lines of their own
    whole = redact(wrap(line))
    for cut in range(max(1, line.index(secret) - 4), min(len(line), line.index(secret) + len(secret) + 1)):
        text = redact(wrap(line[:cut], line[cut:]))
        assert text.count("\n") == 2
        for half in (secret[: max(0, cut - line.index(secret))], secret[max(0, cut - line.index(secret)) :]):
            assert len(half) < 8 or half.decode() not in text, (cut, text)
        assert (found.secret in whole) == (found.secret in text.replace("\n", ""))


def test_parts_of_other_streams_stand_between() -> None:
    first, last = cri(b'{"password":"hun', b'ter2","a":1}').splitlines(keepends=True)
    other = b"2025-11-10T19:36:18.2Z stderr F all is well\n"
    counts: Counter[str] = Counter()
    text = redacted(first + other + last, "", counts).decode()
    assert text.splitlines()[0].endswith('{"password":"[REDACTED:password]')
    assert text.splitlines()[1] == other.decode().strip()
    assert text.splitlines()[2].endswith('F ","a":1}')
    assert counts == {"password": 1}
    assert [rule for _, rule in Redactor(Wanted()).places(first + other + last)] == ["password"]


def test_what_is_split_and_harmless_is_not_touched() -> None:
    for data in (cri(b'{"a":"' + b"x" * 100, b'y"}'), docker(b'{"a":"\\n', b'","stream":"stdout"}'), cri(b"", b"")):
        assert redacted(data, "", Counter()) == data
