"""Plays a world and asks everything in it as bob."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stack.accounts.models import Membership, User
from stack.accounts.roles import Role
from stack.jobs.execution import run_leased
from stack.jobs.turns import lease_next
from stack.sharing.taxii.media_types import TAXII
from stack.stix.ids import format_id
from stack.store.models import Source, StixObject, Text, Version
from tests.security.non_interference.asks import Ask
from tests.security.non_interference.endpoints import list_asks
from tests.security.non_interference.items import play
from tests.security.non_interference.normalise import Normaliser
from tests.security.non_interference.world import Stage, bring_index_up

_SECOND = 1_000_000
_TAXII_PATH = "/taxii2/"
_MOST_PAGES = 40
_NEXT = re.compile(r'"next": ?"([^"]+)"')

Answer = tuple[str, list[str]]


@dataclass(slots=True)
class Replay:
    """Asks in one world; `numbers` are those of world F, for what is not there in P."""

    stage: Stage
    client: Client
    numbers: Mapping[str, int | str]
    answers: list[Answer] = field(default_factory=list)
    _normaliser: Normaliser = field(default_factory=Normaliser)

    def ask_all(self, *, is_thorough: bool) -> list[Answer]:
        for ask in list_asks(is_thorough=is_thorough):
            following: str | None = ""
            pages = 0
            while following is not None and pages < _MOST_PAGES:
                following = self._ask(ask, following)
                pages += 1
        return self.answers

    def _ask(self, ask: Ask, after: str) -> str | None:
        self.stage.clock.now += _SECOND
        address = self._fill(ask.address)
        if after:
            name = "next" if address.startswith(_TAXII_PATH) else "after"
            address += f"{'&' if '?' in address else '?'}{name}={after}"
        response = self._send(ask, address)
        lines = self._normaliser.normalise(ask.address, response)
        self.answers.append((f"{ask.name}{' …' if after else ''}", lines))
        if ask.method != "GET" and response.status_code < 400:
            self._work()
        found = _NEXT.search(response.getvalue().decode(errors="replace")) if ask.is_followed else None
        return found[1] if found else None

    def _send(self, ask: Ask, address: str) -> Any:
        if ask.form is not None:
            form = {name: self._read(value) for name, value in ask.form.items()}
            return self.client.post(address, form, headers=ask.headers)
        content = ask.content or b""
        if address.startswith(_TAXII_PATH):
            # There a session counts for nothing.
            headers = {"authorization": f"Bearer {self.stage.numbers['text:key:bob']}"}
            return self.client.generic(ask.method, address, content, content_type=TAXII, headers=headers)
        media_type = "application/octet-stream"
        if ask.body is not None:
            content, media_type = json.dumps(ask.body).encode(), "application/json"
        return self.client.generic(ask.method, address, content, content_type=media_type)

    def _read(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return SimpleUploadedFile(value[0], BytesIO(value[1]).read())
        return self._fill(str(value))

    def _fill(self, text: str) -> str:
        return re.sub("«([^»]+)»", lambda found: str(self._find(found[1])), text)

    def _find(self, name: str) -> int | str:
        """A number of this world, or of F, where it stands for something that bob does not see."""
        known = self.stage.numbers.get(name)
        if known is not None:
            return known
        of_whole = self.numbers.get(name, 10**15)
        # Versions are not numbered apart in the two worlds.
        return int(of_whole) + 10**9 if name.startswith("version:") else of_whole

    def _work(self) -> None:
        """What the runner does beside the requests."""
        while leased := lease_next("runner"):
            run_leased(*leased)
        bring_index_up()


def play_and_ask(
    stage: Stage, *, role: Role, tlp_ceiling: int, is_whole: bool, numbers: Mapping[str, int | str]
) -> list[Answer]:
    play(stage, tlp_ceiling=tlp_ceiling, is_whole=is_whole)
    stage.numbers |= dict(_number_rest(stage))
    replay = Replay(stage, open_client(stage, role), numbers or stage.numbers)
    return replay.ask_all(is_thorough=role is Role.ANALYST and tlp_ceiling == 2)


def open_client(stage: Stage, role: Role) -> Client:
    """A browser, and for a program its key."""
    client = Client(raise_request_exception=False)
    if role.is_machine:
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {stage.numbers['text:key:bob']}"
    client.force_login(stage.people["bob"])
    User.objects.update(last_login="2035-01-02T00:00:00Z")
    return client


def _number_rest(stage: Stage) -> Iterator[tuple[str, int]]:
    for name, organisation in stage.organisations.items():
        yield f"organisation:{name}", organisation.pk
    yield "group:Circle", stage.groups["Circle"]
    yield "member:carol", Membership.objects.get(user=stage.people["carol"]).pk
    faces = {row.pk: format_id(row.type, bytes(row.uuid)) for row in StixObject.objects.all()}
    whose = dict(Source.objects.values_list("id", "organisation__name"))
    for version in Version.objects.order_by("-id"):
        yield f"version:{whose[version.source_id]}:{faces[version.object_id]}", version.pk
    for text in Text.objects.filter(body__contains="203.0.113.99"):
        yield "version:whole", text.pk
