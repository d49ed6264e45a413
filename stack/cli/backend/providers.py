"""Providers for the command line: of this data folder, or of a server through its REST API (docs/api.md)."""

import os
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from stack.cli.backend.choice import is_remote, read_token, start_local

if TYPE_CHECKING:
    from stack.analysis.asking.records import AccountRow

Document = dict[str, Any]


class ProvidersBackend(Protocol):
    """What `stack provider` asks. `changes` and answers have the members of the REST API."""

    def list_providers(self) -> list[Document]: ...
    def save_account(self, changes: Document) -> Document: ...
    def delete_account(self, word: Document) -> None: ...
    def test_account(self, word: Document) -> Document: ...


def open_providers() -> ProvidersBackend:
    if is_remote():
        return RemoteProviders(os.environ["STACK_URL"].strip(), read_token())
    start_local()
    return LocalProviders()


class RemoteProviders:
    """What the principal of the token may do there."""

    def __init__(self, address: str, token: str) -> None:
        from stack.cli.backend.http import Client

        self._client = Client(address, token)

    def list_providers(self) -> list[Document]:
        return list(self._client.get("/providers")["items"])

    def save_account(self, changes: Document) -> Document:
        return dict(self._client.put("/providers/account", changes))

    def delete_account(self, word: Document) -> None:
        query = word | {"is_personal": "true" if word["is_personal"] else "false"}
        self._client.delete(f"/providers/account?{urlencode(query)}")

    def test_account(self, word: Document) -> Document:
        return dict(self._client.post("/providers/test", word))


class LocalProviders:
    """The same answers, as the administrator of the data folder."""

    def __init__(self) -> None:
        from stack.accounts.queries import local_principal

        self._principal = local_principal()

    def list_providers(self) -> list[Document]:
        from dataclasses import asdict

        from stack.analysis.asking.queries import list_providers
        from stack.stix.markings import TlpLevel

        return [
            asdict(row)
            | {
                "tlp": TlpLevel(row.tlp).label,
                "kinds": list(row.kinds),
                "rates": _describe_rates(row.rates),
                "accounts": [_describe(account) for account in row.accounts],
            }
            for row in list_providers(self._principal)
        ]

    def save_account(self, changes: Document) -> Document:
        from stack.analysis.asking.operations import save_account
        from stack.analysis.base import Rate
        from stack.stix.markings import parse_tlp

        said = dict(changes)
        if said.get("tlp") is not None:
            said["tlp"] = parse_tlp(said["tlp"])
        if said.get("rates") is not None:
            said["rates"] = [Rate(each["calls"], each["seconds"]) for each in said["rates"]]
        return _describe(save_account(self._principal, said.pop("provider"), **said))

    def delete_account(self, word: Document) -> None:
        from stack.analysis.asking.operations import delete_account

        delete_account(self._principal, **word)

    def test_account(self, word: Document) -> Document:
        from dataclasses import asdict

        from stack.analysis.asking.operations import test_account

        return asdict(test_account(self._principal, **word))


def _describe(row: "AccountRow") -> Document:
    from dataclasses import asdict

    from stack.cli.backend.local import format_instant
    from stack.stix.markings import TlpLevel

    shown = asdict(row)
    for name in ("until", "last_asked_at", "created_at", "changed_at"):
        shown[name] = None if shown[name] is None else format_instant(shown[name])
    label = TlpLevel(row.tlp).label
    credentials = list(row.credentials)
    return shown | {"tlp": label, "credentials": credentials, "rates": _describe_rates(row.rates)}


def _describe_rates(rates: Any) -> list[Document]:
    return [{"calls": rate.calls, "seconds": rate.seconds} for rate in rates]
