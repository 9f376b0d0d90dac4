"""What the pages point to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import CHECKOUT, PAGES, anchors, links

EXAMPLES = {
    "distil_dagster/corpus/filters/web_address.py",
    "distil_dagster/tasks/rating.py",
    "distil_dagster/serving/sglang_serve.py",
    "profiles/mine.yaml",
}
"""Files that a reader writes."""
FOLDERS = "assets|benchmarks|deploy|distil_dagster|docs|profiles|resources|tasks|tests"
NAMED = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[\w./-]+\.(?:py|md|yaml|txt|jsonl)\b")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page: Path) -> None:
    missing = [name for name in NAMED.findall(page.read_text()) if not (CHECKOUT / name).exists()]
    assert set(missing) <= EXAMPLES


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {(CHECKOUT / link.partition("#")[0]).name for link in links(CHECKOUT / "README.md")}
    assert {page.name for page in PAGES[1:]} <= linked
