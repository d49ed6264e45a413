"""All checks of this installation, in an order in which each relies on those before."""

from collections.abc import Iterator
from pathlib import Path

from stack import __version__
from stack.cli.doctor import (
    artifacts,
    database,
    jobs,
    machine,
    redis,
    sandbox,
    search,
    server,
    variables,
    vault,
)
from stack.cli.doctor.base import Finding, State, guard


def diagnose_local() -> Iterator[Finding]:
    """Needs `start_django`."""
    from django.conf import settings

    yield Finding("version", State.OK, f"Stack {__version__}")
    yield from machine.diagnose_interpreter()
    folder: Path = settings.DATA
    if not folder.is_dir():
        remedy = "“stack init” creates it, or set STACK_DATA to where it is."
        yield Finding("data folder", State.FAILED, f"{folder} does not exist", remedy)
        return
    yield from machine.diagnose_folder(folder)
    of_database = list(guard("database", database.diagnose))
    yield from of_database
    has_database = of_database[0].state is not State.FAILED
    if has_database:
        yield from guard("vault", vault.diagnose)
    yield from guard("settings", variables.diagnose)
    yield from guard("redis", redis.diagnose)
    if has_database:
        yield from guard("jobs", jobs.diagnose)
        yield from guard("search index", search.diagnose)
    yield from guard("artifacts", artifacts.diagnose)
    yield from guard("sandbox", sandbox.diagnose)
    yield from guard("server", server.diagnose)
