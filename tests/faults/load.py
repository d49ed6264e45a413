"""Load with a conscience: writers that keep the ledger, and a watcher who must never see what is hidden."""

import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.faults.installation import Installation
from tests.faults.ledger import HIDDEN, OPEN, Author, Ledger, write_bundle

_PAUSE_S = 0.05
_HIDDEN_SHARE = 0.25


@dataclass
class Load:
    """What the threads of a load did; `seen` and `leaked` are of the watcher."""

    acknowledged: int = 0
    refused: int = 0
    seen: int = 0
    leaked: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@contextmanager
def under_load(
    installation: Installation,
    ledger: Ledger,
    *,
    name: str,
    writers: int = 2,
    size: tuple[int, int] = (5, 60),
) -> Iterator[Load]:
    """Writers and a watcher run while the block does; they have ended when it has."""
    load = Load()
    stop = threading.Event()
    threads = [
        threading.Thread(target=_write, args=(installation, ledger, load, stop, f"{name}-{number}", size))
        for number in range(writers)
    ]
    threads.append(threading.Thread(target=_watch, args=(installation, load, stop)))
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert not load.failures, load.failures[:5]
    assert not load.leaked, load.leaked[:5]


def _write(
    installation: Installation,
    ledger: Ledger,
    load: Load,
    stop: threading.Event,
    name: str,
    size: tuple[int, int],
) -> None:
    """Nothing is sent twice: whoever got no answer does not know, and the ledger does not promise it."""
    author, chance = Author(name), random.Random(name)
    while not stop.is_set():
        is_hidden = chance.random() < _HIDDEN_SHARE
        made = author.make(chance.randint(*size), visibility=HIDDEN if is_hidden else OPEN)
        path = f"/api/v1/ingest?source={name}&filename=load.json&tlp={'red' if is_hidden else 'clear'}"
        status, body = installation.ask(
            chance.choice(list(installation.ports)),
            "POST",
            path,
            key=installation.loader_key,
            body=write_bundle(made),
        )
        if status == 202:
            ledger.write(json.loads(body)["id"], made)
            load.acknowledged += 1
        elif status in {0, 503}:
            load.refused += 1
        else:
            load.failures.append(f"{status} {body[:300]!r}")
        time.sleep(_PAUSE_S)


def _watch(installation: Installation, load: Load, stop: threading.Event) -> None:
    """Somebody whose ceiling is green looks everywhere for what is red."""
    chance = random.Random("watcher")
    while not stop.is_set():
        for path in (
            "/api/v1/objects?limit=100",
            f"/api/v1/search?q={quote(HIDDEN)}&limit=50",
            f"/api/v1/search?q={quote('type:malware')}&limit=50",
        ):
            role = chance.choice(list(installation.ports))
            status, body = installation.ask(role, "GET", path, key=installation.watcher_key)
            if status == 200:
                names = _list_names(json.loads(body))
                load.seen += sum(name.startswith(OPEN) for name in names)
                load.leaked += [f"{path}: {name}" for name in names if name.startswith(HIDDEN)]
        time.sleep(_PAUSE_S)


def _list_names(answer: object) -> Sequence[str]:
    """Every `name` at any depth."""
    if isinstance(answer, dict):
        own = [answer["name"]] if isinstance(answer.get("name"), str) else []
        return own + [name for value in answer.values() for name in _list_names(value)]
    if isinstance(answer, list):
        return [name for value in answer for name in _list_names(value)]
    return []
