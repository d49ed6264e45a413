"""Writers that run at the same time, each in a thread with a connection of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections

from stack.accounts.principal import Principal
from stack.store.database import write_database
from stack.store.operations import write_statements
from stack.store.records import OWN_ALONE, Handling
from stack.store.statements import describe_statement
from tests.databases import CHOSEN
from tests.integration.store.conftest import encode, make_object

ALIAS = "postgresql"
WAIT_S = 60.0


class Together:
    """Functions that run at the same time, each in a thread with a connection of its own."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def start(self, run: Callable[[], object]) -> threading.Thread:
        def run_here() -> None:
            CHOSEN.set(ALIAS)
            try:
                run()
            except BaseException as error:
                self.failures.append(error)
            finally:
                connections[ALIAS].close()

        thread = threading.Thread(target=run_here, daemon=True)
        thread.start()
        self._threads.append(thread)
        return thread

    def join(self) -> None:
        for thread in self._threads:
            thread.join(WAIT_S)
            assert not thread.is_alive(), "a writer waits for ever"


@contextmanager
def together() -> Iterator[Together]:
    """Waits for all of them at the end; what one of them raises fails the test."""
    group = Together()
    yield group
    group.join()
    if group.failures:
        raise group.failures[0]


def tell(principal: Principal, source_id: int, *names: str, handling: Handling = OWN_ALONE) -> int:
    objects = [make_object("malware", name, is_family=False) for name in names]
    statements = [describe_statement(encode(obj), obj) for obj in objects]
    return write_statements(
        principal, statements=statements, source_id=source_id, handling=handling
    ).last_change


def hold_batch(
    principal: Principal, source_id: int, name: str, begun: threading.Event, end: threading.Event
) -> None:
    """A batch that has written all, and commits when it is told to."""
    with write_database().write(beside_others=True):
        tell(principal, source_id, name)
        begun.set()
        assert end.wait(WAIT_S)
