"""The pages of what is shared, read from outside and reviewed."""

from collections.abc import Iterator, Mapping

from tests.security.non_interference.asks import Ask

_ABSENT = "987654321987"
_NOTHING: Mapping[str, str] = {}


def ask_sharing_pages() -> Iterator[Ask]:
    """Forms are sent empty: what is refused for its fields, or for whose it is, tells no more than that."""
    yield from _ask_collections()
    yield from _ask_outputs()
    yield from _ask_peers()
    yield from _ask_feeds()
    yield from _ask_reviews()


def _ask_collections() -> Iterator[Ask]:
    for path in ("/sharing", "/sharing.json", "/sharing.csv", "/sharing/collections", "/sharing/choose"):
        yield Ask(path)
    yield Ask("/sharing/choose?stix_id=malware--00000000-0000-4000-8000-000000000000")
    yield Ask("/sharing/collections", "POST", form=_NOTHING)
    yield Ask("/sharing/choose/add", "POST", form=_NOTHING)
    yield Ask("/sharing/roots", "POST", form=_NOTHING)
    for slug in ("secret-root", "nothing"):
        yield Ask(f"/sharing/roots/{slug}/delete", "POST", form=_NOTHING)
    for name in ("«collection:private»", "«collection:shared»", "«collection:bank»", _ABSENT):
        yield Ask(f"/sharing/collections/{name}")
        yield from (Ask(f"/sharing/collections/{name}.{form}") for form in ("json", "csv"))
    for name in ("«collection:private»", "«collection:shared»", _ABSENT):
        for act in ("change", "delete", "add", "remove"):
            yield Ask(f"/sharing/collections/{name}/{act}", "POST", form=_NOTHING)


def _ask_outputs() -> Iterator[Ask]:
    yield from (Ask(f"/sharing/outputs{form}") for form in ("", ".json", ".csv", "/new"))
    yield Ask("/search/export")
    for output in ("«output:private»", "«output:bank»", _ABSENT):
        yield Ask(f"/sharing/outputs/{output}")
        yield Ask(f"/sharing/outputs/{output}/preview")
    for output in ("«output:private»", _ABSENT):
        for act in ("change", "delete", "keys", f"keys/{_ABSENT}/revoke"):
            yield Ask(f"/sharing/outputs/{output}/{act}", "POST", form=_NOTHING)


def _ask_peers() -> Iterator[Ask]:
    yield Ask("/sharing/peers")
    for peer in ("1", _ABSENT):
        yield Ask(f"/sharing/peers/{peer}")
        for act in ("look", "change", "switch", "sync", "remove", "pull", "push", f"links/{_ABSENT}"):
            yield Ask(f"/sharing/peers/{peer}/{act}", "POST", form=_NOTHING)


def _ask_feeds() -> Iterator[Ask]:
    yield from (Ask(f"/feeds{form}") for form in ("", ".json", ".csv", "/new/urlhaus", "/new/nobody"))
    for feed in ("1", _ABSENT):
        yield Ask(f"/feeds/{feed}")
        for act in ("change", "enable", "disable", "run", "preview", "test", "remove"):
            yield Ask(f"/feeds/{feed}/{act}", "POST", form=_NOTHING)


def _ask_reviews() -> Iterator[Ask]:
    yield Ask("/review")
    yield Ask("/review/add", "POST", form=_NOTHING)
    for review in ("«review:alice»", _ABSENT):
        yield Ask(f"/review/{review}")
        yield Ask(f"/review/{review}/document")
        for act in ("decide", "add", "finds/1", "report", "commit", "reopen", "discard"):
            yield Ask(f"/review/{review}/{act}", "POST", form=_NOTHING)
