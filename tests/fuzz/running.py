"""Runs changed files through the readers in the sandbox, and sorts what comes of it.

A file is answered, or refused by the sandbox within its limits. Anything else is a failure, and so is a
reader that ends by an exception: its text is counted with the file that shows it.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec

from stack.core.sandbox.errors import Reason, SandboxRefused
from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.running import stream_sandboxed
from tests.fuzz.corpus import make_corpus
from tests.fuzz.mutating import mutate

_MIB: Final = 1024 * 1024
LIMITS: Final = SandboxLimits(memory_bytes=2048 * _MIB, cpu_s=60, wall_s=90)
_TARGET: Final = "tests.fuzz.child:read_batch"
_BATCH: Final = 64
_SLOW_S: Final = 10.0
Case = tuple[str, bytes]


@dataclass
class Outcome:
    """`refused` counts by reason; `failures` by what failed, each with a file that shows it."""

    answered: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failures: dict[str, Case] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_case: Case = ("", b"")

    def fail(self, what: str, case: Case) -> None:
        self.counts[what] += 1
        self.failures.setdefault(what, case)


def fuzz_group(group: str, *, seed: int, seconds: float = 0.0, cases: int = 0) -> Outcome:
    """As many files of the group as fit into the seconds, or so many cases. One seed gives one sequence."""
    outcome, until = Outcome(), monotonic() + seconds
    made = make_cases(group, seed=seed)
    done = 0
    while (cases and done < cases) or (not cases and monotonic() < until):
        batch = [next(made) for _ in range(min(_BATCH, cases - done) if cases else _BATCH)]
        read_cases(batch, outcome, is_mail=group == "mail")
        done += len(batch)
    return outcome


def make_cases(group: str, *, seed: int) -> Iterator[Case]:
    corpus = make_corpus()
    samples = corpus[group]
    others = [data for each in corpus.values() for data in each.values()]
    chance = random.Random(f"{group} {seed}")
    names = sorted(samples)
    while True:
        name = chance.choice(names)
        yield name, mutate(samples[name], others, chance)


def read_cases(cases: list[Case], outcome: Outcome, *, is_mail: bool = False) -> None:
    """A batch is one process; what ends it is left out, and the rest goes on in the next."""
    at = 0
    while at < len(cases):
        rest = cases[at:]
        arguments = {"is_mail": is_mail, "seconds": 20.0}
        try:
            for told in stream_sandboxed(
                _TARGET, payload=msgspec.msgpack.encode(rest), arguments=arguments, limits=LIMITS
            ):
                _take(told, rest[told["number"]], outcome)
                at += 1
            return
        except SandboxRefused as refused:
            _take_refusal(refused, cases[at], outcome, is_alone=at == len(cases) - len(rest))
            at += 1


def _take(told: dict[str, object], case: Case, outcome: Outcome) -> None:
    seconds = float(str(told["seconds"]))
    if seconds > outcome.slowest:
        outcome.slowest, outcome.slowest_case = seconds, case
    if seconds > _SLOW_S:
        outcome.fail("slow", case)
    if told["error"]:
        outcome.fail(str(told["error"]), case)
    for reader in msgspec.convert(told["readers"], list[str]):
        outcome.fail(reader, case)
    outcome.answered += 1


def _take_refusal(refused: SandboxRefused, case: Case, outcome: Outcome, *, is_alone: bool) -> None:
    # A batch may run out of time together: only what began the process was refused by itself.
    if refused.reason is Reason.CPU and not is_alone:
        return read_cases([case], outcome)
    outcome.refused[refused.reason.value] += 1
    if refused.reason is Reason.FAILED or refused.reason is Reason.CRASHED:
        outcome.fail(f"{refused.reason.value}: {refused.detail}", case)
    return None


def keep_failures(outcome: Outcome, folder: Path) -> list[Path]:
    """Each failure as a file, and beside it what it says."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = []
    for number, (what, (name, data)) in enumerate(sorted(outcome.failures.items()), start=1):
        path = folder / f"{number:03}-{name}"
        path.write_bytes(data)
        path.with_name(path.name + ".txt").write_text(what + "\n")
        kept.append(path)
    return kept
