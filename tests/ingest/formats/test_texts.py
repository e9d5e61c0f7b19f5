"""Contracts of the table of text formats, and each format on the lines that its loggers write."""

from __future__ import annotations

from string import printable

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logtrace.ingest.formats import logfmt
from logtrace.ingest.formats.texts import TEXTS, is_further, read_text
from logtrace.ingest.records import Decoder, Settings
from logtrace.ingest.vocabulary import pairs

T = "2025-11-10T19:36:18.123Z"


def read(text: str) -> tuple[str, dict[str, object]]:
    found = read_text(text)
    assert found is not None, text
    return found


PIECES = [
    "a=", " k=", " id=", " user_id=", "[", "]", "{", "}", '"', "=[", "={", '="', "=map[", " b=2]", "map[a:1 b:2]", "=[r w]",
    '={"a":1}', '="x y"', " m=+1.5", " x", "1", "12.50", " true", "<nil>", "\t", "\n", "\r", "=", "==", "\\", ",", ";", " ", "/>",
]  # fmt: skip


@example('x={"a":1}\na=1')
@example("x=map[a b=2] c=1")
@example('x="y z=1" w=2')
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_pairs_are_the_same_whether_each_key_counts_or_not(text: str):
    assert repr(pairs.split_pairs(text)) == repr(pairs._nested_pairs(text))


@pytest.mark.parametrize("member", TEXTS, ids=lambda member: member.NAME)
def test_the_example_of_a_format_is_read_by_it(member):
    assert member.__name__.endswith(f".{member.NAME}")
    name, record = read(member.EXAMPLE)
    assert name == member.NAME
    assert len(record) > 1
    assert member.ABOUT


@pytest.mark.parametrize("member", TEXTS, ids=lambda member: member.NAME)
@given(text=st.text(), at=st.integers(0, 80))
def test_no_text_makes_a_format_raise(member, text, at):
    for told in (text, member.EXAMPLE[:at] + text + member.EXAMPLE[at:]):
        assert member.read(told) is None or told[0] in getattr(member, "FIRST", told)


@pytest.mark.parametrize("member", TEXTS, ids=lambda member: member.NAME)
def test_a_format_is_asked_about_all_its_texts(member):
    """`read_text` asks only those that may begin with the first character of a text."""
    for first in printable:
        for told in (first + member.EXAMPLE, first + member.EXAMPLE[1:]):
            assert member.read(told) is None or first in getattr(member, "FIRST", first)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[("python_text", f"{level}:app.db:connected") for level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")],
        *[("klog", f"{level}0314 09:26:53.301250 1 charge.go:21] charged") for level in "IWEF"],
        *[("logrus_console", f"{level}[0012] charged") for level in ("TRAC", "DEBU", "INFO", "WARN", "ERRO", "FATA", "PANI")],
        *[("ruby_text", f"{letter}, [2025-03-14T09:26:53.301250 #77]  ANY -- shop: charged") for letter in "DIWEFA"],
        *[("console", f"{level} charged amount=42") for level in ("9:26AM INF", "<nil> ERR")],
        *[("console", f"{level} amount=42 unit=eur") for level in ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")],
        ("console", "[2025-03-14T09:26:53Z] info charged amount=42"),
        ("bracketed", f"[{T[:-1]}] INFO [edge] charged"),
        ("access", '[GIN] 2025/11/10 - 19:36:18 | 200 | 45ms | 10.0.0.7 | POST "/charge"'),
        ("combined", '_host-1 - - [14/Mar/2025:09:26:53 +0000] "GET / HTTP/1.1" 200 15'),
        ("lambda_report", "2025-03-14T09:26:53.301Z\tREPORT RequestId: 9566c74d\tDuration: 250.25 ms"),
        ("lambda_report", "\tREPORT RequestId: 9566c74d\tDuration: 250.25 ms"),
    ],
)
def test_other_beginnings(name: str, text: str):
    assert read(text)[0] == name


def test_the_platform_logger():
    assert read(f"{T} [INFO] [edge-mcp] Tool execution started tool=list attempt=2 operation=tools/call:list ok=true") == (
        "bracketed",
        {"timestamp": T, "level": "INFO", "component": "edge-mcp", "msg": "Tool execution started", "tool": "list", "attempt": 2,
         "operation": "tools/call:list", "ok": True},
    )  # fmt: skip


def test_fields_in_any_order_are_of_one_shape():
    (_, one), (_, other) = (
        read(f"{T} [INFO] [edge-mcp] Done {fields}") for fields in ("b=1 level=x a=2 msg=y", "msg=y a=2 level=x b=1")
    )
    assert (list(one), list(one["fields"])) == (list(other), list(other["fields"]))


@pytest.mark.parametrize(
    ("head", "level", "component"),
    [
        ("2025-11-10T14:36:18.123-05:00 [WARN] [worker]", "WARN", "worker"),
        ("2025-11-10T14:36:18.123Z [DEBUG] [[JIRA-DEBUG]]", "DEBUG", "JIRA-DEBUG"),
        ("[2025-08-11T19:39:14Z] INFO [developer-mesh]", "INFO", "developer-mesh"),
        ("[2025-08-11T19:39:14Z] developer-mesh [FATAL]", "FATAL", "developer-mesh"),
    ],
)
def test_orders_of_the_head(head, level, component):
    name, record = read(f"{head} Cache warmed entries=42")
    assert (name, record["level"], record["component"], record["msg"], record["entries"]) == (
        "bracketed", level, component, "Cache warmed", 42,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("error=upstream error: reset by peer tool=x", {"error": "upstream error: reset by peer", "tool": "x"}),
        ("error=<nil> tool=x", {"error": None, "tool": "x"}),
        ("scopes=[read write] n=1", {"scopes": "[read write]", "n": 1}),
        ("args=map[a:1 b=2] n=1", {"args": "map[a:1 b=2]", "n": 1}),
        ('audit={"ip":"1 x=2","in":{"a":1}} n=1', {"audit": {"ip": "1 x=2", "in": {"a": 1}}, "n": 1}),
        ("at=2025-11-10 14:36:18.1 -0500 EST m=+12.3 n=1", {"at": "2025-11-10 14:36:18.1 -0500 EST m=+12.3", "n": 1}),
        ("url=http://x/?a=b&c=d n=1", {"url": "http://x/?a=b&c=d", "n": 1}),
        ("open=[1, 2 n=1", {"open": "[1, 2", "n": 1}),
        ("json=[1,2] and more n=1", {"json": "[1,2] and more", "n": 1}),
        ("empty= n=1", {"empty": "", "n": 1}),
        ("id=007 big=12345678901234567890 f=1.50 neg=-3", {"id": "007", "big": "12345678901234567890", "f": 1.5, "neg": -3}),
        ("n=1 n=2", {"n": 2}),
    ],
)
def test_values_without_quotes(text, fields):
    _, record = read(f"{T} [INFO] [x] said {text}")
    assert {key: value for key, value in record.items() if key not in ("timestamp", "level", "component")} == {
        "msg": "said", **fields,
    }  # fmt: skip


def test_a_field_named_like_the_head_is_kept_beside_it():
    _, record = read(f"{T} [INFO] [x] said level=7 timestamp=2020-01-01")
    assert (record["level"], record["timestamp"]) == ("INFO", T)
    assert record["fields"] == {"level": 7, "timestamp": "2020-01-01"}


def test_a_stack_over_several_lines():
    _, record = read(f"{T} [ERROR] [server] Panic stack=goroutine 1 [running]:\nmain.f()\n\t/x.go:2 +0x5 path=/api method=POST")
    assert record["stack"] == "goroutine 1 [running]:\nmain.f()\n\t/x.go:2 +0x5"
    assert (record["path"], record["method"]) == ("/api", "POST")


def test_an_id_ends_where_its_line_does():
    _, record = read(f"{T} [ERROR] [server] Panic trace_id=4bf9\ngoroutine 1 [running]:")
    assert (record["trace_id"], record["msg"]) == ("4bf9", "Panic goroutine 1 [running]:")


def test_access_lines():
    name, record = read("2025/11/10 19:36:18 [API] 172.18.0.4 | 200 |    45.31287ms | POST | /api/v1/tools/3f/execute")
    assert name == "access"
    assert {key: record[key] for key in ("timestamp", "status", "duration", "method", "path", "client_ip")} == {
        "timestamp": "2025/11/10 19:36:18", "status": 200, "duration": "45.31287ms", "method": "POST",
        "path": "/api/v1/tools/3f/execute", "client_ip": "172.18.0.4",
    }  # fmt: skip
    name, record = read('[GIN] 2025/03/14 - 09:26:53 | 502 |     1.2s |      172.18.0.4 | GET     "/checkout?x=1"')
    assert (name, record["timestamp"], record["status"], record["duration"]) == ("access", "2025/03/14 09:26:53", 502, "1.2s")


def test_lines_of_the_standard_library():
    name, record = read("2025/11/10 19:36:18 [API ERROR] Error #01: BAD_REQUEST: invalid body")
    assert (name, record["level"], record["component"]) == ("stdlib", "ERROR", "API ERROR")
    assert read("2025/11/10 19:36:10 Warning: Tracing not initialized")[1]["level"] == "WARN"
    assert "level" not in read("2025/11/10 19:36:10 Connecting to Redis at redis:6379")[1]


def test_logfmt():
    name, record = read(f'time={T} level=INFO msg="charge \\"x\\" done" trace_id=67d3 duration=180.75ms n=2 ok=true flag')
    assert name == "logfmt"
    assert record == {
        "time": T, "level": "INFO", "msg": 'charge "x" done', "trace_id": "67d3", "duration": "180.75ms", "n": 2, "ok": True,
        "flag": True,
    }  # fmt: skip


_WORDS = st.sampled_from((
    "k=v ", "a=1 ", "t=true ", 'q="x y" ', 'q="" ', "e= ", "bare ", "n=-1.5 ", "n=007 ", 'u="a=b" ', 'v="\n" ', "=x ", 'w="x"y ',
    'k="v"', 'a="b"c=d', "  ", '"', "=", "\u2003", "é", "c" * 199, "c" * 201,
))  # fmt: skip


@given(st.lists(_WORDS, max_size=8).map("".join))
def test_logfmt_without_escapes_is_read_as_with_them(text):
    careful, quick = logfmt.read(f"{text} z='an end'"), logfmt.read(text)
    if quick is not None:
        assert careful == {**quick, "z": "an end"}
        assert [*map(type, careful.values())] == [*map(type, quick.values()), str]
    else:
        assert careful is None or sum(value is not True for value in careful.values()) <= 2, "it has a single pair"


@pytest.mark.parametrize("text", ["", "hello world", "a=1", "see a=1 b=2", 'a="1 b=2', "Server listening on :8080"])
def test_texts_of_no_format(text):
    assert read_text(text) is None


@pytest.mark.parametrize(
    "text",
    ["\t/app/main.go:24 +0x65", "    at Foo.bar(Foo.java:7)", "goroutine 1 [running]:", "main.main()", "Caused by: x.Y: z",
     "github.com/x/y.(*Srv).Handle.func1(0xc000, 0x12)", "created by net/http.(*Server).Serve in goroutine 1",
     "panic({0x1, 0x2?})", "java.lang.IllegalStateException: x", "Traceback (most recent call last):", "ValueError: no",
     "a.b.Declined: no", "[stacktrace]", "#0 /app/a.php(3): f()", '"} '],
)  # fmt: skip
def test_lines_that_go_on(text):
    assert is_further(text)


@pytest.mark.parametrize(
    "text", ["Server listening on :8080", "done (5)", f"{T} [INFO] [x] y", "a=1 b=2", "", "  ", "x" * 100_000]
)
def test_lines_that_begin_anew(text):
    assert not is_further(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'level=info msg=x v="\ud800 half"', "? half"),
        (r'2024-01-10T14:30:00Z [INFO] [c] m v=["\ud800"]', ["?"]),
        ('2024-01-10T14:30:00Z [INFO] [c] m v={"n":99999999999999999999}', {"n": 1e20}),
        ("2024-01-10T14:30:00Z [INFO] [c] m v=[NaN]", [None]),
    ],
)
def test_what_no_json_holds_is_mended(text, value):
    _, record = read(text)
    assert orjson.loads(orjson.dumps(record))["v"] == record["v"] == value


def test_a_message_that_is_an_object_is_looked_into():
    told = '{"event_id":"ev-9","level":"high","request_id":"r-6","tags":["a b"]}'
    name, record = read(f"{T} [INFO] [cache.audit] {told} audit_raw=true request_id=r-7")
    assert (name, record) == (
        "bracketed",
        {"timestamp": T, "level": "INFO", "component": "cache.audit", "event_id": "ev-9", "request_id": "r-7", "tags": ["a b"],
         "audit_raw": True, "fields": {"level": "high"}},
    )  # fmt: skip


@pytest.mark.parametrize("message", ["{}", "{half", '{"a":1} and more', "[1, 2]"])
def test_a_message_that_only_looks_like_one_stays(message):
    assert read(f"{T} [INFO] [worker] {message}")[1]["msg"] == message


def test_dotnets_simple_console_is_one_record():
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    record = f"""warn: Acme.Charger[12]
      => SpanId:b7ad6b7169203331, TraceId:{trace}, ParentId:0000000000000000 => ConnectionId:0HM
      => Acme.Charger
      card network timeout,
      retrying"""
    other = "info: Microsoft.Hosting.Lifetime[14]\n      Now listening"
    found = list(Decoder().lines(f"{record}\n{other}\n".encode()))
    assert [parts for _, _, parts in found] == [5, 2]
    first, second = (each for _, each, _ in found)
    assert (str(first.trace), first.parent, first.severity) == (trace, 0, 13)
    assert first.body == "card network timeout,\nretrying"
    assert (second.trace, second.body) == (None, "Now listening")


@pytest.mark.parametrize(
    "line",
    [
        '10.0.0.7 - - [03/Feb/2026:04:05:06 +0000] "GET /a HTTP/1.1" 200 6 "-" "curl" "-" 5dbeef73a4d2a1c6ea70e9f2b1ae5f00',
        '10.0.0.7 - - [03/Feb/2026:04:05:06 +0000] "GET /a HTTP/1.1" 200 6 "-" "curl" "84961386-6d84-929d-98bd-c5aee93b5c88"',
        '1.1.1.1:1 [06/Feb/2026:12:14:14.655] a a/b 0/0/0/0/9 200 6 - - ---- 1/1/0/0/0 0/0 '  # noqa: ISC004
        '{curl|84961386-6d84-929d-98bd-c5aee93b5c88} "GET /a HTTP/1.1"',
        '[2016-04-15T20:17:00.310Z] "GET /a HTTP/2" 200 - 1 0 2 1 "-" "curl" "84961386-6d84-929d-98bd-c5aee93b5c88" "x" "-"',
    ],
)  # fmt: skip
def test_the_id_of_a_request_in_an_access_log_groups_lines_where_that_is_asked_for(line):
    assert Decoder().decode(line.encode()).trace is None
    found = Decoder(Settings("UTC", trace_key="request_id")).decode(line.encode())
    assert str(found.trace) in ("5dbeef73a4d2a1c6ea70e9f2b1ae5f00", "849613866d84929d98bdc5aee93b5c88")


def test_cef_has_the_names_of_its_labels():
    text = (
        r"CEF:0|Acme\|Co|payments|1.0|100|Charge failed|8|rt=1704897000123 cs1Label=trace_id "
        r"cs1=4bf92f3577b34da6a3ce929d0e0e4736 cn1Label=duration_ms cn1=45 request=/pay?a\=1 "
        r"msg=card refused by\nthe bank cs2= cs3Label=unused"
    )
    name, record = read(text)
    assert (name, record) == ("cef", {
        "timestamp": 1704897000123, "level": "ERROR", "app": "payments", "message": "card refused by\nthe bank",
        "event.class": "100", "observer.vendor": "Acme|Co", "observer.version": "1.0",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "duration_ms": 45, "request": "/pay?a=1", "cs2": "", "cs3Label": "unused",
    })  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "LEEF:1.0|Acme|payments|1.0|Charge|devTime=1704897000123\tsev=8\ttrace_id=4bf92f3577b34da6a3ce929d0e0e4736",
        "LEEF:2.0|Acme|payments|1.0|Charge|^|devTime=1704897000123^sev=8^trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
        "LEEF:2.0|Acme|payments|1.0|Charge|x5E|devTime=1704897000123^sev=8^trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
    ],
)
def test_leef_by_its_separator(text):
    _, record = read(text)
    assert (record["timestamp"], record["level"], record["app"], record["message"]) == (
        1704897000123,
        "ERROR",
        "payments",
        "Charge",
    )
    assert record["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


TRACE, SPAN = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20", "b7ad6b7169203331"
_STORY = f"2025-03-14T09:26:53.301Z ERROR [payments,{TRACE},{SPAN}] 41 --- [nio-1] c.a.p.Charger : charge failed\n"
BELOW = {
    "pino-pretty": f"""\
[2025-03-14 09:26:53.301 +0000] ERROR (payments/77 on web-1): charge failed
    trace_id: "{TRACE}"
    span_id: "{SPAN}"
    duration_ms: 180.75
    err: {{
      "type": "Declined",
      "message": "declined",
      "stack":
          Declined: declined
              at charge (/app/charge.js:3:9)
    }}""",
    "Spring Boot": f"""{_STORY}\
com.acme.Declined: declined
\tat com.acme.Charger.charge(Charger.java:1)
Caused by: com.acme.Limit: over
\t... 1 more""",
    "Laravel": f"""\
[2025-03-14 09:26:53] production.ERROR: charge failed {{"trace_id":"{TRACE}","span_id":"{SPAN}","exception":\
"[object] (App\\\\Declined(code: 0): declined at /app/a.php:12)
[stacktrace]
#0 /app/b.php(33): App\\\\f()
#1 {{main}}
"}} """,
}
"""Texts with what stands below them."""


@pytest.mark.parametrize("name", BELOW)
@pytest.mark.parametrize("around", ["%s\n", "2025-03-14T09:26:53.2Z stdout F %s\n"])
def test_what_stands_below_a_text_is_of_it(name: str, around: str):
    lines = f"{BELOW[name]}\n{BELOW[name]}".split("\n")
    found = [record for _, record, _ in Decoder().lines("".join([around % line for line in lines]).encode())]
    assert len(found) == 2
    for record in found:
        assert (str(record.trace), record.severity) == (TRACE, 17)
        assert (record.body, record.error_message) == ("charge failed", "declined")
        assert record.error_type.rpartition(".")[2].rpartition("\\")[2] == "Declined"
