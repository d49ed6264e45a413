"""Serves recorded answers of a provider on loopback, and asks its plug-in there, without a database."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from stack.analysis.answers import Answer
from stack.analysis.asking.choosing import fill_choices
from stack.analysis.asking.driving import drive_asking
from stack.analysis.asking.sending import Sender
from stack.analysis.base import Asking, ProviderPlugin
from stack.analysis.subjects import Subject
from stack.core.http.client import open_client
from stack.core.plugin_options import Place
from tests.http_servers import Answer as HttpAnswer
from tests.http_servers import Asked, serve
from tests.recorded import Exchange


def invent_credentials(plugin: type[ProviderPlugin]) -> dict[str, str]:
    return {each.name: f"secret-{each.name}-5d41+402a/bc" for each in plugin.credentials}


def encode_body(exchange: Exchange) -> bytes:
    return exchange.body if isinstance(exchange.body, bytes) else orjson.dumps(exchange.body)


@dataclass
class RecordedServer:
    """Gives each exchange once, the last for a request again and again; notes what nobody expected."""

    plugin: type[ProviderPlugin]
    exchanges: Sequence[Exchange]
    asked: list[Asked] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    given: list[int] = field(default_factory=list)

    def answer(self, asked: Asked) -> HttpAnswer:
        self.asked.append(asked)
        found = [number for number, each in enumerate(self.exchanges) if self._is_for(each, asked)]
        if not found:
            self.problems.append(f"{asked.method} {asked.path} {asked.body[:300]!r}")
            return HttpAnswer(500, b"no such exchange")
        number = next((each for each in found if each not in self.given), found[-1])
        self.given.append(number)
        exchange = self.exchanges[number]
        kind = {} if isinstance(exchange.body, bytes) else {"Content-Type": "application/json"}
        return HttpAnswer(exchange.status, encode_body(exchange), kind | dict(exchange.headers))

    def _is_for(self, exchange: Exchange, asked: Asked) -> bool:
        parts = urlsplit(asked.path)
        secret = {each.field for each in self.plugin.credentials if each.place is Place.PARAMETER}
        params = {
            name: text for name, text in parse_qsl(parts.query, keep_blank_values=True) if name not in secret
        }
        return (
            exchange.method == asked.method
            and parts.path == exchange.path
            and params == dict(exchange.params)
            and self._is_sent(exchange.sent, asked)
        )

    def _is_sent(self, sent: Any, asked: Asked) -> bool:
        if sent is None:
            return True
        secret = {each.field for each in self.plugin.credentials if each.place is Place.FIELD}
        if "form-urlencoded" in asked.headers.get("content-type", ""):
            found: Any = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        else:
            try:
                found = json.loads(asked.body)
            except ValueError:
                return False
        if isinstance(found, Mapping):
            found = {name: value for name, value in found.items() if name not in secret}
        return bool(found == sent)


@contextmanager
def open_sender(
    plugin: type[ProviderPlugin],
    base: str,
    *,
    subject: Subject | None = None,
    choices: Mapping[str, str] | None = None,
    wall_s: float = 5,
) -> Iterator[Sender]:
    """Asks at `base`, which stands for the scheme and host of the provider's address."""
    wanted = dict(choices or {})
    if "url" in {option.name for option in plugin.options}:
        wanted.setdefault("url", "https://instance.example")
    made = plugin(fill_choices(plugin, wanted))
    address = made.choices.get("url") or made.url
    path = urlsplit(address).path.rstrip("/")
    credentials = invent_credentials(plugin)
    for each in plugin.credentials:
        if each.place is Place.PATH:
            path = path.replace("{" + each.field + "}", credentials[each.name])
    with open_client() as client:
        yield Sender(
            plugin=made,
            address=f"{base}{path}",
            credentials=credentials,
            client=client,
            deadline=time.monotonic() + wall_s,
            stop=Event(),
            subject=subject,
        )


def run_asking(sender: Sender, asking: Asking) -> Answer:
    """As the frame does, without its ledger; what the plug-in wants to wait for is not waited for."""
    return drive_asking(sender.plugin, asking, sender.send)


@contextmanager
def serve_exchanges(
    plugin: type[ProviderPlugin], exchanges: Sequence[Exchange]
) -> Iterator[tuple[RecordedServer, str]]:
    """Paths of exchanges follow the path of the provider's own address."""
    prefix = urlsplit(plugin.url).path.rstrip("/")
    recorded = RecordedServer(plugin, [replace(each, path=f"{prefix}{each.path}") for each in exchanges])
    with serve(recorded.answer) as base:
        yield recorded, base
