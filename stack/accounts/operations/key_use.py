"""When and from where keys are used, which tells a key that somebody else has come by."""

from ipaddress import ip_network

from stack.accounts.models import ApiKey, KeyNetwork
from stack.accounts.queries.recognition import ValidKey, read_address
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us

_MINUTE = 60 * 1_000_000
# A key that has come from so many places has been said to often enough; a log is no place to fill.
_MOST_NETWORKS = 500


def record_key_use(key: ValidKey, *, address: str = "") -> None:
    """Notes when and from where the key was used, and says so when the network is a new one.

    The time is noted at most once a minute, so that reading does not turn into writing. A network is a /24
    of IPv4 or a /48 of IPv6; the first one that a key is used from is no news.
    """
    now = now_us()
    if address != key.last_used_from:
        network = _network_of(address)
        if network and network != _network_of(key.last_used_from):
            _note_network(key, network, address, now)
    if key.last_used_at is None or key.last_used_at < now - _MINUTE:
        ApiKey.objects.filter(pk=key.id).update(last_used_at=now, last_used_from=_show(address))


def _note_network(key: ValidKey, network: str, address: str, now: int) -> None:
    seen = KeyNetwork.objects.filter(key_id=key.id)
    if seen.filter(network=network).exists() or seen.count() >= _MOST_NETWORKS:
        return
    with writing():
        _, is_new = KeyNetwork.objects.get_or_create(
            key_id=key.id, network=network, defaults={"first_used_at": now}
        )
        if not is_new or not seen.exclude(network=network).exists():
            return
        record_act(
            Act(
                name="key.new-network",
                actor=key.principal,
                object_kind="key",
                object_id=str(key.id),
                before={"address": key.last_used_from},
                after={"address": _show(address), "network": network},
                is_security=True,
            )
        )


def _network_of(address: str) -> str:
    """The /24 or /48 around the address; nothing for what is no address."""
    found = read_address(address)
    if found is None:
        return ""
    return str(ip_network(f"{str(found).partition('%')[0]}/{24 if found.version == 4 else 48}", strict=False))


def _show(address: str) -> str:
    found = read_address(address)
    return "" if found is None else str(found)
