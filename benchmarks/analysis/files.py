"""The file engine: MB/s on programs of this system, beside the bare libraries that do the same work.

Only programs of one sort are taken, so that what is measured is the engine, not the start of a process:
`time per file` has the sandbox in it.
"""

import hashlib
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from benchmarks.figures import Figure
from stack.analysis.files.hashing import measure_entropy
from stack.analysis.files.inspecting import inspect_part
from stack.analysis.files.magic import ask_magic
from stack.analysis.files.results import Request
from stack.analysis.files.running import run_inspection
from stack.analysis.files.ssdeep import hash_ssdeep
from stack.analysis.files.tlsh import hash_tlsh

_MB = 1_000_000
_MOST_BYTES = 40 * _MB


def measure_files() -> list[Figure]:
    samples = _read_samples()
    size = sum(map(len, samples)) / _MB
    # Once for what is loaded at first use.
    inspect_part(samples[0], name="first")
    engine = size / _time(lambda sample: inspect_part(sample, name="a"), samples)
    bare = {name: size / _time(work, samples) for name, work in _list_bare().items()}
    together = 1 / sum(1 / speed for speed in bare.values())
    small = sorted(samples, key=len)[: len(samples) // 2][:8]
    started = time.monotonic()
    for sample in small:
        _run_sandboxed(sample)
    each = (time.monotonic() - started) / len(small)
    ratio = engine / together
    return [
        Figure("file engine: programs of this system", engine, "MB/s", "bare libraries", together, ratio),
        *(_state(f"file engine: {name} alone", speed, "MB/s") for name, speed in bare.items()),
        *_measure_peers(samples, size, bare),
        _state("file engine: a small file with its sandbox", each * 1000, "ms"),
    ]


def _state(name: str, value: float, unit: str) -> Figure:
    return Figure(name, value, unit, "", None, None)


def _read_samples() -> list[bytes]:
    """Programs and libraries of all sizes, up to a total."""
    found: list[bytes] = []
    paths = [*Path("/usr/bin").iterdir(), *Path("/usr/lib").glob("*/lib*.so.*")]
    for path in sorted(paths, key=lambda path: hashlib.sha256(path.name.encode()).digest()):
        if path.is_file() and not path.is_symlink() and 10_000 < path.stat().st_size < 4 * _MB:
            content = path.read_bytes()
            if content.startswith(b"\x7fELF"):
                found.append(content)
        if sum(map(len, found)) > _MOST_BYTES:
            break
    return found


def _list_bare() -> dict[str, Callable[[bytes], object]]:
    """What a program would call that did each step with the library for it, and nothing else."""
    import lief
    import yara_x

    lief.logging.disable()
    rules = yara_x.compile('rule nothing { strings: $a = "no file has these words in it" condition: $a }')
    return {
        "hashlib": _hash_exactly,
        "ssdeep": lambda sample: hash_ssdeep(memoryview(sample)),
        "TLSH": lambda sample: hash_tlsh(memoryview(sample)),
        "libmagic": ask_magic,
        "lief": lief.ELF.parse,
        "yara-x": yara_x.Scanner(rules).scan,
        "entropy": lambda sample: measure_entropy(memoryview(sample)),
    }


def _hash_exactly(sample: bytes) -> None:
    for name in ("md5", "sha1", "sha256", "sha512"):
        hashlib.new(name, sample, usedforsecurity=False).digest()


def _measure_peers(samples: list[bytes], size: float, bare: dict[str, float]) -> list[Figure]:
    """The libraries in C, where somebody has them: `pip install py-tlsh` with a compiler at hand."""
    try:
        import tlsh  # type: ignore[import-not-found]
    except ImportError:
        return []
    peer, own = size / _time(tlsh.hash, samples), bare["TLSH"]
    return [Figure("file engine: TLSH beside py-tlsh", own, "MB/s", "py-tlsh", peer, own / peer)]


def _run_sandboxed(sample: bytes) -> None:
    from io import BytesIO

    run_inspection(partial(BytesIO, sample), Request(name="a"), stop=Event())


def _time(work: Callable[[Any], object], samples: list[bytes]) -> float:
    """Seconds of this process for all of them."""
    begin = time.process_time()
    for sample in samples:
        work(sample)
    return time.process_time() - begin


def main() -> None:
    for figure in measure_files():
        beside = f"{figure.baseline} {figure.baseline_value:.2f}" if figure.baseline_value else ""
        print(f"{figure.name:<56} {figure.value:10.2f} {figure.unit} {beside}")


if __name__ == "__main__":
    main()
