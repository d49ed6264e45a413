"""Keys change while people work: the vault's data key and the key that signs tokens, and no request fails."""

import json
import threading
import time
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from stack.accounts.models import User
from stack.accounts.operations import ensure_first_organisation
from stack.accounts.queries import local_principal
from stack.accounts.sign_in import mfa, token_keys
from stack.accounts.sign_in.models import TokenKey
from stack.vault.rotation import rotate_data_key
from tests.integration.accounts.test_races import racing, run_at_once
from tests.signing import PASSWORD, add_app, make_code, make_person

__all__ = ["racing"]
_ROTATIONS = 4


class _Program:
    """Signs in once and then asks and refreshes, again and again; remembers every status."""

    def __init__(self, name: str, is_over: threading.Event) -> None:
        self.name = name
        self.is_over = is_over
        self.pair: dict[str, str] = {}
        self.statuses: list[int] = []
        self.key_ids: set[str] = set()

    def sign_in(self) -> None:
        self.pair = self._call("login", {"username": self.name, "password": PASSWORD})["meta"]

    def run(self) -> None:
        pair = self.pair
        before = pair["access_token"]
        while not self.is_over.is_set():
            for token in (before, pair["access_token"]):
                bearer = Client(headers={"Authorization": f"Bearer {token}"})
                self.statuses.append(bearer.get("/api/v1/me").status_code)
            before = pair["access_token"]
            self.key_ids.add(before.partition(".")[0])
            pair = self._call("tokens/refresh", {"refresh_token": pair["refresh_token"]})["data"]

    def _call(self, address: str, body: dict[str, Any]) -> Any:
        answer = Client().post(f"/api/v1/auth/{address}", json.dumps(body), content_type="application/json")
        self.statuses.append(answer.status_code)
        return answer.json()


@pytest.mark.asvs("9.1.3")
def test_no_request_fails_while_the_keys_of_the_vault_and_of_tokens_change(racing: str) -> None:
    caches["limits"].clear()
    ensure_first_organisation()
    is_over = threading.Event()
    programs = [_Program(name, is_over) for name in ("robin", "wren", "pipit")]
    for program in programs:
        make_person(program.name)
        program.sign_in()
    secret = add_app(make_person("owl"))
    rotations = []

    def rotate() -> None:
        try:
            for _ in range(_ROTATIONS):
                time.sleep(0.2)
                token_keys.rotate_token_keys()
                rotations.append(rotate_data_key(local_principal()))
            time.sleep(0.2)
        finally:
            is_over.set()

    def open_secrets() -> None:
        owl = User.objects.get(username="owl")
        while not is_over.is_set():
            assert mfa.use_code(owl, "000000") is None

    acts = [*(program.run for program in programs), open_secrets, rotate]
    assert run_at_once(racing, acts) == ["done"] * len(acts)
    for program in programs:
        assert set(program.statuses) == {200}
        assert len(program.statuses) > 10
    assert not any(rotation.failed for rotation in rotations)
    assert sum(rotation.resealed for rotation in rotations) > _ROTATIONS, "what was sealed is sealed anew"
    assert max(len(program.key_ids) for program in programs) >= 2, "new tokens were signed with new keys"
    assert TokenKey.objects.count() >= _ROTATIONS
    assert mfa.use_code(User.objects.get(username="owl"), make_code(secret)) is not None
