from __future__ import annotations

from datetime import UTC, datetime

import pytest

from logtrace.ingest.discover.time_forms import FORMS, forms_of
from logtrace.ingest.vocabulary.readings import strptime_ns

AT = datetime(2024, 3, 5, 9, 8, 7, 120_000, UTC)


def test_a_text_in_any_form_is_read_in_it() -> None:
    assert [form for form in FORMS if form not in forms_of(AT.strftime(form))] == []


@pytest.mark.parametrize(
    "text",
    ["05/Mar/2024:09:08:07 +0530", "5 mar 2024  09:08:07", "05/03/2024 09:08:07.120000123", "2024/03/ 5 09:08:07", "2024", ""],
)
def test_no_form_is_left_out(text: str) -> None:
    assert list(forms_of(text)) == [form for form in FORMS if strptime_ns(text, form) is not None]
