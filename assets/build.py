"""Builds what the browser gets from the sources here; `--check` only compares with what is committed.

The style sheet comes from `css/` through the pinned Tailwind executable, the icon sprite from the SVG files
in `icons/` (Lucide, ISC), htmx from the installed django-htmx package. Chart.js is committed as published and
held to its digest. Nothing is fetched.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

ASSETS = Path(__file__).resolve().parent
STATIC = ASSETS.parent / "stack" / "web" / "static"
# chart.js 4.6.1, dist/chart.umd.min.js
CHART_DIGEST = "87364cc2b2a76a6684929e7d6b80b18a897794db38400caff1fcf1791c6925d2"
_ELEMENTS = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_SPACE = re.compile(r"\s+")


class BuildError(Exception):
    """A source that cannot be built, with the reason."""


def build_style() -> bytes:
    """The minified style sheet: tokens, components and the utilities that the templates use."""
    tailwind = Path(sys.executable).with_name("tailwindcss")
    if not tailwind.exists():
        raise BuildError(f"{tailwind} is missing: run `make setup-dev`")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "stack.css"
        command: list[str | Path] = [
            tailwind,
            "--input",
            ASSETS / "css" / "stack.css",
            "--output",
            output,
            "--minify",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ASSETS)  # noqa: S603 -- a fixed command of the pinned tool
        if done.returncode != 0 or not output.exists():
            raise BuildError(f"Tailwind refused the style sheet:\n{done.stderr.strip()}")
        return output.read_bytes()


def build_sprite() -> bytes:
    """One SVG file with a `<symbol>` for each icon in `icons/`, its licence first."""
    licence = (ASSETS / "icons" / "LICENSE").read_text(encoding="utf-8").replace("--", "- -").strip()
    symbols = [_read_symbol(path) for path in sorted((ASSETS / "icons").glob("*.svg"))]
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n<!--\n{licence}\n-->\n</svg>\n'.encode()


def _read_symbol(path: Path) -> str:
    found = _ELEMENTS.search(path.read_text(encoding="utf-8"))
    if not found:
        raise BuildError(f"{path.name}: expected one <svg> element")
    shapes = _SPACE.sub(" ", found.group(1)).strip()
    look = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{path.stem}" viewBox="0 0 24 24" {look}>{shapes}</symbol>'


def read_htmx() -> bytes:
    """htmx as the installed django-htmx package ships it."""
    package = find_spec("django_htmx")
    if package is None or package.origin is None:
        raise BuildError("django-htmx is not installed: run `make setup-dev`")
    return (Path(package.origin).parent / "static" / "django_htmx" / "htmx-2.min.js").read_bytes()


def read_chart() -> bytes:
    """The committed Chart.js, refused when it is not the published file."""
    content = (STATIC / "vendor" / "chart.min.js").read_bytes()
    if hashlib.sha256(content).hexdigest() != CHART_DIGEST:
        raise BuildError("vendor/chart.min.js is not the published chart.js 4.6.1 (dist/chart.umd.min.js)")
    return content


def build_all() -> dict[str, bytes]:
    """Every built file: path under the static folder to content."""
    return {
        "stack/stack.css": build_style(),
        "stack/icons.svg": build_sprite(),
        "vendor/htmx.min.js": read_htmx(),
        "vendor/chart.min.js": read_chart(),
    }


def find_stale(files: dict[str, bytes]) -> list[str]:
    """The paths whose committed content is not what the sources build."""
    return [
        name
        for name, content in files.items()
        if not (STATIC / name).exists() or (STATIC / name).read_bytes() != content
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="assets.build", description="Build the style sheet and the icons.")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail if a committed file is stale"
    )
    options = parser.parse_args(arguments)
    try:
        files = build_all()
    except (BuildError, OSError) as error:
        sys.stderr.write(f"assets: {error}\n")
        return 1
    stale = find_stale(files)
    if options.check:
        for name in stale:
            sys.stderr.write(
                f"assets: {name} is not what its sources build: run `make assets` and commit it\n"
            )
        return 1 if stale else 0
    for name in stale:
        (STATIC / name).write_bytes(files[name])
        sys.stderr.write(f"assets: wrote {name} ({len(files[name]):,} bytes)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
