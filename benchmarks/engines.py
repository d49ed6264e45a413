"""The engines of analysis, one after the other, and what an analysis costs around them."""

import importlib
import pkgutil
import time
from collections.abc import Callable, Iterator

from benchmarks import analysis
from benchmarks.figures import Figure

_ANALYSES = 100


def run() -> list[Figure]:
    figures = list(_measure_frame())
    for measure in _find_measures():
        figures += measure()
    return figures


def _find_measures() -> Iterator[Callable[[], list[Figure]]]:
    """`measure_names` of the module `names`, and so on; modules without one are parts of others."""
    for found in pkgutil.iter_modules(analysis.__path__):
        module = importlib.import_module(f"{analysis.__name__}.{found.name}")
        if measure := getattr(module, f"measure_{found.name}", None):
            yield measure


def _measure_frame() -> Iterator[Figure]:
    """One analysis after the other in one process; a runner has four at work."""
    from stack.accounts.queries import local_principal
    from stack.analysis.operations import Wish, start_batch
    from stack.cli.initialise import initialise
    from stack.jobs.operations import run_inline

    initialise()
    principal = local_principal()
    # The lists of known-good values are read once in the life of a data folder.
    run_inline(start_batch(principal, values=["192.0.2.1"], wish=Wish(may_ask=False))[0].job_id)
    for kind, pattern in (
        ("IP addresses", "198.51.100.{}"),
        ("domains", "shop{}.example.com"),
        ("URLs", "https://shop{}.example.com/a"),
    ):
        values = [pattern.format(number) for number in range(_ANALYSES)]
        begun = time.perf_counter()
        rows = start_batch(principal, values=values, wish=Wish(may_ask=False))
        for row in rows:
            run_inline(row.job_id)
        rate = _ANALYSES / (time.perf_counter() - begun)
        yield Figure(f"analyses of {kind}, queued to done", rate, "analyses/s", "", None, None)
