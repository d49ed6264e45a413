"""`make fuzz ARGS="office 300 --seed 7"`: changed files for the readers of a group, for so many seconds."""

import argparse
import sys
from pathlib import Path

from tests.fuzz.corpus import GROUPS
from tests.fuzz.running import fuzz_group, keep_failures

FOLDER = Path("build/fuzz")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("group", nargs="?", default="all", choices=["all", *GROUPS], help="which readers")
    parser.add_argument("seconds", nargs="?", type=float, default=60.0, help="how long, for each group")
    parser.add_argument("--seed", type=int, default=1, help="one seed gives one sequence of files")
    given = parser.parse_args()
    failed = 0
    for group in GROUPS if given.group == "all" else (given.group,):
        outcome = fuzz_group(group, seed=given.seed, seconds=given.seconds)
        refused = ", ".join(f"{count} {reason}" for reason, count in sorted(outcome.refused.items()))
        _say(
            f"{group}: {outcome.answered:,} answered, {refused or 'none'} refused,"
            f" the slowest in {outcome.slowest:.1f} s"
        )
        for what, count in outcome.counts.most_common():
            _say(f"  {count} times: {what}")
        for path in keep_failures(outcome, FOLDER / group):
            _say(f"  kept: {path}")
        failed += len(outcome.failures)
    return 1 if failed else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
