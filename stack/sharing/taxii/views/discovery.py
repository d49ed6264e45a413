"""The server and its API roots (TAXII 2.1, section 4)."""

from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from stack.accounts.principal import Principal
from stack.sharing.collections.queries import find_api_root, list_api_roots
from stack.sharing.taxii.boundary import NOTHING_HERE, answer_taxii
from stack.sharing.taxii.media_types import TAXII
from stack.sharing.taxii.settings import TaxiiSettings


def show_discovery(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The API roots that the principal may know of, its own organisation's first: that is the default."""
    taxii: TaxiiSettings = settings.TAXII
    roots = [f"{_base_of(request)}/taxii2/{root.slug}/" for root in list_api_roots(principal)]
    said: dict[str, Any] = {"title": taxii.title, "description": "Threat intelligence, as you may see it"}
    if taxii.contact:
        said["contact"] = taxii.contact
    if roots:
        said |= {"default": roots[0], "api_roots": roots}
    return answer_taxii(orjson.dumps(said))


def show_api_root(request: HttpRequest, principal: Principal, *, root: str) -> HttpResponse:
    taxii: TaxiiSettings = settings.TAXII
    found = find_api_root(principal, root)
    if found is None:
        raise NOTHING_HERE
    said: dict[str, Any] = {"title": found.title}
    if found.description:
        said["description"] = found.description
    said |= {"versions": [TAXII], "max_content_length": taxii.post_bytes}
    return answer_taxii(orjson.dumps(said))


def _base_of(request: HttpRequest) -> str:
    """An address of an API root is absolute over HTTPS, or relative (section 4.1.1)."""
    return f"https://{request.get_host()}" if request.is_secure() else ""
