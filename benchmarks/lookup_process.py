"""Look-ups in a process of its own, on the database of `STACK_DATABASE`: one by one, and 10,000 at once.

Half of the values are known. Prints as JSON the values a second of both, and how many were found.
"""

import json
import sys
import time
from random import Random

_SINGLE = 500
_RUNS = 3


def main() -> None:
    import django

    django.setup()
    from benchmarks.lookup import choose_values
    from stack.accounts.queries import local_principal
    from stack.search.lookup import look_up

    principal = local_principal()
    values = choose_values()
    look_up(principal, values[:10])
    start = time.perf_counter()
    for value in Random(1).choices(values, k=_SINGLE):
        look_up(principal, [value])
    single = _SINGLE / (time.perf_counter() - start)
    seconds = []
    found = 0
    for _ in range(_RUNS):
        start = time.perf_counter()
        found = sum(bool(answer.known) for answer in look_up(principal, values))
        seconds.append(time.perf_counter() - start)
    json.dump({"single": single, "bulk": len(values) / min(seconds), "found": found}, sys.stdout)


if __name__ == "__main__":
    main()
