"""One file with everything in it: no module is left behind, and no text gets out of its element."""

from __future__ import annotations

import re

import pytest

from logtrace.exporters import bundle
from logtrace.exporters.html import html_file

EVIL = "</script><script>alert(1)</script><!--"


def test_text_stays_in_the_json():
    page = html_file(EVIL, {"a": EVIL, "b": "\u2028&"}).decode()
    assert page.count("</script>") == 2
    assert "<!--" not in page
    assert "<title>&lt;/script&gt;" in page
    (data,) = re.findall(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert EVIL not in data


def test_the_policy_names_the_only_script():
    page = html_file("t", {}).decode()
    assert "unsafe" not in page
    assert re.search(r"script-src 'sha256-[\w+/=]{44}';", page)
    assert "http" not in re.sub(r"http-equiv|http://www\.w3\.org/2000/svg", "", page)


@pytest.mark.parametrize("name", sorted(path.stem for path in bundle.FOLDER.glob("*.js")))
def test_every_module_has_only_forms_that_are_known(name: str):
    made = bundle.script(name)
    assert not re.search(r"^(import|export)\b", made, re.MULTILINE)
    assert f"modules.{name} = " in made
