"""`make bench`: runs the benchmarks, prints each figure beside its baseline, writes build/bench.json.

`make bench ARGS="ingest lookup"` runs only those. Two shared cores are noisy: compare the ratios of one run.
"""

import argparse
import importlib
import json
import os
import pkgutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import benchmarks
from benchmarks.figures import Figure

OUTPUT = Path("build/bench.json")


def _find_benchmarks() -> dict[str, str]:
    """Modules of this package with a `run()`, by name."""
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.ispkg]
    return {
        name: f"benchmarks.{name}"
        for name in sorted(names)
        if "def run(" in (Path(benchmarks.__path__[0]) / f"{name}.py").read_text(encoding="utf-8")
    }


def _print_figure(figure: Figure) -> None:
    line = f"  {figure.name:<58} {figure.value:>14,.2f} {figure.unit}"
    if figure.baseline_value is not None:
        line += f"   {figure.baseline}: {figure.baseline_value:,.2f}"
    elif figure.baseline:
        line += f"   {figure.baseline}"
    if figure.ratio is not None:
        line += f"   {figure.ratio:,.2f}x"
    print(line, flush=True)


def _configure(folder: str) -> None:
    """A data folder of its own, so that a benchmark never touches anybody's data."""
    os.environ["STACK_DATA"] = folder
    # What is measured is how fast Stack answers, not where it stops somebody.
    os.environ["STACK_LIMITS"] = "off"
    os.environ.setdefault("STACK_SECRET_KEY", "benchmarks-only-" + "k" * 40)
    for name in ("STACK_DATABASE", "STACK_URL", "STACK_TOKEN"):
        os.environ.pop(name, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "stack.config.settings"
    import django

    django.setup()


def main() -> int:
    found = _find_benchmarks()
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which ones: {', '.join(found)}")
    chosen = parser.parse_args().names or list(found)
    unknown = [name for name in chosen if name not in found]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="stack-bench-") as folder:
        _configure(folder)
        for name in chosen:
            print(name, flush=True)
            for figure in importlib.import_module(found[name]).run():
                _print_figure(figure)
                figures.append(figure)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps([asdict(figure) for figure in figures], indent=1), encoding="utf-8")
    print(f"{len(figures)} figures written to {OUTPUT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
