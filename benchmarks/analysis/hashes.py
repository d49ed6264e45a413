"""Hashes: analyses per second, fuzzy comparisons, sets of millions of known hashes."""

import hashlib
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import Figure
from stack.analysis.hashes.judging import judge_hash
from stack.analysis.hashes.set_building import build_file
from stack.analysis.hashes.set_files import HashSet
from stack.analysis.hashes.ssdeep import find_similar_ssdeep
from stack.analysis.hashes.tlsh import find_near_tlsh
from stack.analysis.subjects import Subject
from tests.analysis_tools import ToldTools

_NUMBER = 20_000
_SET = 300_000
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def measure_hashes() -> list[Figure]:
    """Of fuzzy hashes, how many others one is compared with per second; half of these have its block size."""
    chance = random.Random(7)
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(_NUMBER)]
    tools = ToldTools()
    judged = _measure(lambda: [judge_hash(Subject("sha256", digest), tools) for digest in digests])
    fuzzy = [_make_ssdeep(chance) for _ in range(_NUMBER)]
    tlsh = [f"T1{chance.randbytes(35).hex().upper()}" for _ in range(_NUMBER)]
    scored = _measure(lambda: list(find_similar_ssdeep(fuzzy[0], fuzzy)))
    measured = _measure(lambda: find_near_tlsh(tlsh[0], tlsh))
    return [
        Figure("hashes: analysed", _NUMBER / judged, "hashes/s", "without store", None, None),
        Figure("hashes: ssdeep compared", _NUMBER / scored, "pairs/s", "", None, None),
        Figure("hashes: TLSH compared", _NUMBER / measured, "pairs/s", "", None, None),
        *_measure_set(digests),
    ]


def _measure_set(digests: list[str]) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "known.txt", Path(folder) / "known.set"
        source.write_text("\n".join(hashlib.sha1(str(number).encode()).hexdigest() for number in range(_SET)))
        built = _measure(lambda: build_file(source, target))
        opened = HashSet(target)
        raws = [bytes.fromhex(digest)[:20] for digest in digests]
        asked = _measure(lambda: [raw in opened for raw in raws])
        size = target.stat().st_size / _SET
    return [
        Figure("hashes: a set of SHA-1 built", _SET / built, "hashes/s", "", None, None),
        Figure("hashes: a set asked", _NUMBER / asked, "hashes/s", f"of {_SET:,}", None, None),
        Figure("hashes: a set on disk", size, "bytes/hash", "the hash itself", 20.0, 20.0 / size),
    ]


def _make_ssdeep(chance: random.Random) -> str:
    first, second = ("".join(chance.choices(_LETTERS, k=length)) for length in (60, 30))
    return f"{chance.choice((384, 384, 192, 768))}:{first}:{second}"


def _measure(work: Callable[[], object]) -> float:
    """The shorter CPU time of two rounds, in seconds."""
    times = []
    for _ in range(2):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)
