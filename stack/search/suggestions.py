"""Suggestions while somebody types: known values and names that begin with the text, and their last look-ups.

They come out of the search index and the store like any hit, so what a principal may not see is neither
suggested nor takes the place of what they may.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django.db.models.functions import Left

from stack.accounts.principal import Permission, Principal
from stack.search.base import SearchRequest, Sort
from stack.search.choice import choose_backend
from stack.search.documents import NAMELESS_KINDS, list_names, list_values
from stack.search.models import SavedLookup
from stack.search.query_tree import Beginning
from stack.search.records import Suggestion, SuggestionKind
from stack.stix.observables.kinds import KIND_CODES
from stack.stix.observables.normalise import fold
from stack.stix.observables.refang import refang
from stack.store.access import visible_audiences
from stack.store.queries import iterate_texts, suggest_values

SHORTEST = 2
LONGEST = 200
MOST_SUGGESTIONS = 10
_MOST_LOOKUPS = 3
# Objects that begin alike mostly give one suggestion each.
_READ_OBJECTS = 40
_HEAD = 2
_RECENT_LOOKUPS = 20
_LOOKUP_START = 300
_LONGEST_TEXT = 200
_KINDS = {code: kind for kind, code in KIND_CODES.items()}


def suggest(principal: Principal, text: str) -> list[Suggestion]:
    """At most ten, those of the latest objects first; none for fewer than two or more than 200 characters.

    The text may be defanged. Each value is suggested once.
    """
    principal.require(Permission.READ)
    text = " ".join(refang(text).split())
    if not SHORTEST <= len(text) <= LONGEST:
        return []
    lookups = list(_find_lookups(principal, fold(text)))
    # Reading the newest that begin with the same two letters is cheap, and for most texts that is enough.
    found = _find_known(principal, text[:_HEAD], text)
    if found is None:
        found = _find_known(principal, text, text) or []
    return [*found[: MOST_SUGGESTIONS - len(lookups)], *lookups]


def _find_known(principal: Principal, beginning: str, text: str) -> list[Suggestion] | None:
    """From the latest objects that begin with `beginning`; None where older ones could add to it."""
    request = SearchRequest(
        Beginning(beginning),
        visible_audiences(principal),
        sort=Sort.MODIFIED,
        limit=_READ_OBJECTS,
        is_counted=False,
    )
    answer = choose_backend().search(request)
    if not answer.is_ready:
        return _find_in_store(principal, text)
    hits = answer.hits
    found: dict[Suggestion, None] = {}
    for body in iterate_texts(principal, object_ids=[hit.object_id for hit in hits]):
        found |= dict.fromkeys(_read_object(body, fold(text)))
        if len(found) >= MOST_SUGGESTIONS:
            return list(found)
    return list(found) if len(hits) < _READ_OBJECTS or beginning == text else None


def _find_in_store(principal: Principal, text: str) -> list[Suggestion]:
    """Without an index: values alone, in their order."""
    known = suggest_values(principal, fold(text), limit=_READ_OBJECTS)
    values = [(value, _KINDS[code]) for value, code in known if _KINDS[code] not in NAMELESS_KINDS]
    return [Suggestion(SuggestionKind.VALUE, value, kind.value) for value, kind in values[:MOST_SUGGESTIONS]]


def _read_object(body: bytes, beginning: str) -> Iterator[Suggestion]:
    try:
        obj: Mapping[str, Any] = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return
    values = list_values(obj)
    texts = {key.text for key in values}
    for name in list_names(obj):
        folded = fold(name)
        if folded.startswith(beginning) and folded not in texts:
            stix_type, stix_id = str(obj.get("type", "")), str(obj.get("id", "")).lower()
            yield Suggestion(SuggestionKind.OBJECT, name[:_LONGEST_TEXT], stix_type, stix_id)
            break
    for key in values:
        if key.text.casefold().startswith(beginning):
            yield Suggestion(SuggestionKind.VALUE, key.text, key.kind.value)


def _find_lookups(principal: Principal, folded: str) -> Iterator[Suggestion]:
    """The user's own latest that have a line with the text in it, near their beginning."""
    if principal.user_id is None:
        return
    own = SavedLookup.objects.filter(
        organisation_id=principal.organisation_id, user_id=principal.user_id
    ).order_by("-created_at")
    number = 0
    for lookup_id, start in own.values_list("pk", Left("text", _LOOKUP_START))[:_RECENT_LOOKUPS]:
        line = next((each for each in start.splitlines() if folded in fold(refang(each))), None)
        if line is not None:
            yield Suggestion(SuggestionKind.LOOKUP, line.strip()[:_LONGEST_TEXT], id=lookup_id)
            number += 1
        if number == _MOST_LOOKUPS:
            return
