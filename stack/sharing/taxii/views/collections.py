"""The collections of an API root (TAXII 2.1, sections 5.1 and 5.2)."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from stack.accounts.principal import Principal
from stack.sharing.collections.queries import find_api_root, list_collections
from stack.sharing.collections.records import CollectionRow
from stack.sharing.taxii.boundary import NOTHING_HERE, answer_taxii
from stack.sharing.taxii.media_types import STIX
from stack.sharing.taxii.opening import can_read, can_write, open_collection


def show_collections(request: HttpRequest, principal: Principal, *, root: str) -> HttpResponse:
    if find_api_root(principal, root) is None:
        raise NOTHING_HERE
    rows = [_describe(principal, row) for row in list_collections(principal, root=root)]
    return answer_taxii(orjson.dumps({"collections": rows} if rows else {}))


def show_collection(
    request: HttpRequest, principal: Principal, *, root: str, collection: str
) -> HttpResponse:
    return answer_taxii(orjson.dumps(_describe(principal, open_collection(principal, root, collection))))


def _describe(principal: Principal, row: CollectionRow) -> dict[str, Any]:
    optional = {"description": row.description, "alias": row.alias}
    return {
        "id": row.uid,
        "title": row.title,
        **{name: text for name, text in optional.items() if text},
        "can_read": can_read(principal, row),
        "can_write": can_write(principal, row),
        "media_types": [STIX],
    }
