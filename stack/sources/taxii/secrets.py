"""What a peer is asked with and nobody may read: sealed in the vault, opened for each run."""

import msgspec

from stack.core.http.tls import TlsOptions
from stack.sources.taxii.models import Peer
from stack.sources.taxii.records import Access
from stack.vault.operations import open_sealed, seal


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """A password (with the peer's `user`), or a token; and the key of the client's certificate."""

    password: str = ""
    token: str = ""
    key: str = ""

    def __repr__(self) -> str:
        return "Secrets(…)"


def seal_secrets(peer: Peer, secrets: Secrets) -> str:
    if secrets == Secrets():
        return ""
    return seal(msgspec.json.encode(secrets), table=Peer._meta.db_table, row=str(peer.pk), field="secrets")


def open_secrets(peer: Peer) -> Secrets:
    if not peer.secrets:
        return Secrets()
    text = open_sealed(peer.secrets, table=Peer._meta.db_table, row=str(peer.pk), field="secrets")
    return msgspec.json.decode(text, type=Secrets)


def open_access(peer: Peer) -> Access:
    """How this peer is asked."""
    secrets = open_secrets(peer)
    tls = TlsOptions(
        ca_file=peer.ca,
        client_certificate=peer.certificate,
        client_key=secrets.key,
        verify=peer.verify,
    )
    return Access(
        url=peer.url,
        version=peer.version,
        user=peer.user,
        password=secrets.password,
        token=secrets.token,
        tls=tls,
    )
