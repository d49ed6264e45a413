"""Each statement has a test, and docs/standards/taxii.md says them all."""

import importlib
import pkgutil
from pathlib import Path

from tests.standards import taxii
from tests.standards.taxii.register import CLIENT, SERVER, UNTESTED

PAGE = Path(__file__).resolve().parents[3] / "docs" / "standards" / "taxii.md"


def test_each_statement_has_a_test() -> None:
    found: set[str] = set()
    for module in pkgutil.iter_modules(taxii.__path__):
        if module.name.startswith("test_"):
            loaded = importlib.import_module(f"{taxii.__name__}.{module.name}")
            for name, value in vars(loaded).items():
                if name.startswith("test_"):
                    found.update(getattr(value, "statements", ()))
    assert {*SERVER, *CLIENT} - found == set()


def test_the_page_lists_each_statement_in_these_words() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = {f"| {number} | {words} |" for number, words in {**SERVER, **CLIENT, **UNTESTED}.items()}
    assert [row for row in sorted(rows) if row not in page] == []
