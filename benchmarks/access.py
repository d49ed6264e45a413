"""What it costs to see 500 of 1,000 audiences: search and look-up in the service, CPU time of a question.

Beside it the same objects in two audiences, one of which is seen: whoever asks sees the same objects, and the
answers are compared. Both run side by side, round after round; of each question the best round counts,
because others on the machine only ever add to it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import msgspec

from benchmarks.access_process import Round
from benchmarks.figures import Figure

COUNT = int(os.environ.get("STACK_BENCH_ACCESS_OBJECTS") or 500_000)
_AUDIENCES = 1_000
_ROUNDS = 9

Side = subprocess.Popen[str]


def run() -> list[Figure]:
    """`ratio` above 0.95 means that the audiences add less than five per cent."""
    with ExitStack() as kept:
        sides = [kept.enter_context(_started(audiences)) for audiences in (2, _AUDIENCES)]
        rounds = [[_ask(side) for side in sides] for _ in range(_ROUNDS)]
    if len({each.answers for pair in rounds for each in pair}) != 1:
        raise RuntimeError("the answers are not the same in 2 and in 1,000 audiences")
    if [each.audiences for each in rounds[0]] != [1, _AUDIENCES // 2]:
        raise RuntimeError("not every second audience is seen")
    figures = []
    for name in rounds[0][0].took:
        few, many = (_best([pair[side] for pair in rounds], name) for side in (0, 1))
        title = f"access: {name}, 500 of 1,000 audiences, {COUNT:,} objects"
        figures.append(Figure(title, many, "ms", "1 of 2 audiences", few, few / many))
    return figures


def _best(rounds: list[Round], name: str) -> float:
    """Milliseconds of a question, on average."""
    best = [min(took) for took in zip(*(each.took[name] for each in rounds), strict=True)]
    return float(sum(best) / len(best))


@contextmanager
def _started(audiences: int) -> Iterator[Side]:
    with tempfile.TemporaryDirectory(prefix="stack-bench-access-") as folder:
        command = [sys.executable, "-m", "benchmarks.access_process", str(COUNT), str(audiences)]
        environment = os.environ | {"STACK_DATA": folder}
        with subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as side:
            try:
                yield side
            finally:
                side.kill()


def _ask(side: Side) -> Round:
    if side.stdin is None or side.stdout is None:
        raise RuntimeError("the other process was started without pipes")
    side.stdin.write("\n")
    side.stdin.flush()
    return msgspec.json.decode(side.stdout.readline(), type=Round)
