from __future__ import annotations

import pytest

from logtrace.ids import parse_trace_id
from logtrace.store.search.wanted import Wanted, starts_with, wanted

ID = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ID, Wanted(ID, ID)),
        (f"  {ID.upper()}\n", Wanted(ID.upper(), ID)),
        (f'"{ID}"', Wanted(ID, ID)),
        (f"0x{ID}", Wanted(f"0x{ID}", ID)),
        ("0af76519-16cd", Wanted("0af76519-16cd", "0af7651916cd")),
        (f"00-{ID}-b7ad6b7169203331-01", Wanted(ID, ID)),
        (f"http://localhost:16686/trace/{ID}?uiFind=1", Wanted(ID, ID)),
        ("https://jaeger/api/traces/af7651916cd#x", Wanted("af7651916cd", "af7651916cd")),
        ("order/7", Wanted("order/7", "")),
        ("a" * 33, Wanted("a" * 33, "")),
        ("", Wanted("", "")),
    ],
)
def test_wanted(text: str, found: Wanted) -> None:
    assert wanted(text) == found


@pytest.mark.parametrize(
    ("trace", "text", "fits"),
    [
        (ID, "0af7", True),
        (ID, "AF76-5", True),
        (ID, "f765", False),
        (ID, "0af", False),
        ("8448eb211c80319c", "8448", True),
        ("8448eb211c80319c", "000084", True),
        ("8448eb211c80319c", "0000000000000000844", True),
        ("order/7", "ORDER", True),
        ("order/7", "rder", False),
        ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad", True),
    ],
)
def test_starts_with(trace: str, text: str, fits: bool) -> None:
    known = parse_trace_id(trace)
    assert known is not None
    assert starts_with(known, wanted(text)) is fits
