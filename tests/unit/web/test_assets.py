"""What is committed for the browser is what its sources build; templates keep the rules of the look."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from assets import build
from stack.web.static_files import FOLDER

_WEB = Path(build.ASSETS).parent / "stack" / "web"
_TEMPLATES = sorted((_WEB / "templates").rglob("*.html"))
_ICONS = set(re.findall(r'<symbol id="([^"]+)"', (FOLDER / "stack/icons.svg").read_text(encoding="utf-8")))


def test_the_sprite_has_every_icon_and_its_licence() -> None:
    built = build.build_sprite()
    assert built == (FOLDER / "stack/icons.svg").read_bytes()
    assert b"ISC License" in built


def test_vendored_scripts_are_as_published() -> None:
    assert build.read_htmx() == (FOLDER / "vendor/htmx.min.js").read_bytes()
    assert build.read_chart()


def test_a_stale_file_is_named() -> None:
    assert build.find_stale({"stack/icons.svg": b"other", "missing": b""}) == ["stack/icons.svg", "missing"]


@pytest.mark.parametrize("path", _TEMPLATES, ids=lambda path: path.relative_to(_WEB).as_posix())
def test_templates_hold_no_style_script_colour_or_unknown_icon(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)|#[0-9a-fA-F]{6}\b", text)
    assert set(re.findall(r'{% icon "([^"]+)"', text)) <= _ICONS


@pytest.mark.parametrize("path", _TEMPLATES, ids=lambda path: path.relative_to(_WEB).as_posix())
def test_templates_compile(path: Path) -> None:
    get_template(path.relative_to(_WEB / "templates").as_posix())


def test_every_icon_that_code_names_is_in_the_sprite() -> None:
    named = set()
    for path in _WEB.rglob("*.py"):
        named |= set(re.findall(r'"icon": "([^"]+)"', path.read_text(encoding="utf-8")))
    kinds = (_WEB / "kinds.py").read_text(encoding="utf-8")
    named |= set(re.findall(r'", "([a-z0-9-]+)"\),', kinds))
    named |= set(
        re.findall(r'Place\(.*, "([a-z-]+)", "."\)', (_WEB / "context.py").read_text(encoding="utf-8"))
    )
    assert len(named) > 25
    assert named <= _ICONS


def _read_tokens(text: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", text))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tokens_are_readable_on_every_ground(theme: str) -> None:
    light, dark = (
        (build.ASSETS / "css" / "tokens.css").read_text(encoding="utf-8").split("@variant dark", 2)[:2]
    )
    tokens = _read_tokens(light) | (_read_tokens(dark.split("@media")[0]) if theme == "dark" else {})
    inks = [
        name
        for name in tokens
        if name in {"text", "muted", "accent"} or name.startswith(("verdict", "severity"))
    ]
    assert len(inks) >= 12
    for ground in ("surface", "raised", "inset"):
        for ink in inks:
            assert _contrast(tokens[ink], tokens[ground]) >= 4.5, (ink, ground)
    assert _contrast(tokens["control"], tokens["raised"]) >= 3
    assert _contrast(tokens["on-accent"], tokens["accent"]) >= 4.5
