"""Which requirements there are, what the document says of each, and which tests name it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "security" / "asvs.md"
STATES = {"met", "not applicable", "organisation", "open"}


def _number(sections: dict[str, tuple[int, ...]]) -> frozenset[str]:
    return frozenset(f"{section}.{each}" for section, numbers in sections.items() for each in numbers)


# Level 1 and level 2 of chapters 6 to 10 of ASVS 5.0.0, in its order; level 3 is not followed.
LEVEL_1 = _number(
    {
        "6.1": (1,),
        "6.2": (1, 2, 3, 4, 5, 6, 7, 8),
        "6.3": (1, 2),
        "6.4": (1, 2),
        "7.2": (1, 2, 3, 4),
        "7.4": (1, 2),
        "8.1": (1,),
        "8.2": (1, 2),
        "8.3": (1,),
        "9.1": (1, 2, 3),
        "9.2": (1,),
        "10.4": (1, 2, 3, 4, 5),
    }
)
LEVEL_2 = _number(
    {
        "6.1": (2, 3),
        "6.2": (9, 10, 11, 12),
        "6.3": (3, 4),
        "6.4": (3, 4),
        "6.5": (1, 2, 3, 4, 5),
        "6.6": (1, 2, 3),
        "6.8": (1, 2, 3, 4),
        "7.1": (1, 2, 3),
        "7.3": (1, 2),
        "7.4": (3, 4, 5),
        "7.5": (1, 2),
        "7.6": (1, 2),
        "8.1": (2,),
        "8.2": (3,),
        "8.4": (1,),
        "9.2": (2, 3, 4),
        "10.1": (1, 2),
        "10.2": (1, 2),
        "10.3": (1, 2, 3, 4),
        "10.4": (6, 7, 8, 9, 10, 11),
        "10.5": (1, 2, 3, 4, 5),
        "10.6": (1, 2),
        "10.7": (1, 2, 3),
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the document; `tests` as `folder/test_module::test_name` below `tests/`."""

    number: str
    level: int
    asks: str
    state: str
    where: str
    tests: frozenset[str]


def read_document() -> list[Row]:
    rows = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"\d+\.\d+\.\d+", cells[0]):
            number, level, asks, state, where, tests = cells
            rows.append(
                Row(number, int(level), asks, state, where, frozenset(re.findall(r"`([^`]+)`", tests)))
            )
    return rows


def read_markers() -> dict[str, set[str]]:
    """The tests that name each requirement, by its number, as the source has them."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.asvs(" not in text:
            continue
        module = path.relative_to(ROOT / "tests").with_suffix("").as_posix()
        for name, number in _list_marks(ast.parse(text)):
            found.setdefault(number, set()).add(f"{module}::{name}")
    return found


def _list_marks(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.asvs":
                for argument in mark.args:
                    assert isinstance(argument, ast.Constant)
                    assert isinstance(node, ast.FunctionDef)
                    yield node.name, str(argument.value)
