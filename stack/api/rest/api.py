"""The REST API put together: its resources, its OpenAPI document, its way with errors."""

from functools import cache

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from stack import __version__
from stack.api.rest import (
    analyses,
    analysis_rules,
    audit,
    collections,
    export,
    feeds,
    groups,
    handling,
    ingest,
    invitations,
    jobs,
    keys,
    lookup,
    markings,
    me,
    members,
    notes,
    objects,
    organisations,
    outputs,
    peers,
    providers,
    restricted_markings,
    review,
    roles,
    search,
    sources,
    suggest,
    system,
)
from stack.api.rest.openapi import describe_api
from stack.api.rest.problems import install_handlers
from stack.api.rest.wire import JsonParser, JsonRenderer

_OF_DATA = (objects, handling, notes, markings, lookup, search, suggest, ingest, jobs, sources, feeds, export)
_OF_DOCUMENTS = (review,)
_OF_ANALYSIS = (analyses, analysis_rules, providers)
_OF_SHARING = (collections, outputs, peers)
_OF_ACCOUNTS = (me, keys, members, invitations, organisations, groups, roles, restricted_markings, audit)
_GROUPS = (_OF_DATA, _OF_DOCUMENTS, _OF_ANALYSIS, _OF_SHARING, _OF_ACCOUNTS, (system,))
ROUTERS = tuple(resource.router for group in _GROUPS for resource in group)

api = NinjaAPI(
    title="Stack",
    version=__version__,
    description="What many sources say about threats, and where each statement comes from.",
    urls_namespace="rest",
    openapi_url=None,
    docs_url=None,
    renderer=JsonRenderer(),
    parser=JsonParser(),
)
install_handlers(api)
for _router in ROUTERS:
    api.add_router("", _router)


@api.get("/openapi.json", auth=None, include_in_schema=False)
def get_openapi(request: HttpRequest) -> HttpResponse:
    """This document; it says nothing about the data, so whoever asks may have it."""
    return HttpResponse(_render_document(), content_type="application/json")


@cache
def _render_document() -> bytes:
    return orjson.dumps(describe_api(api, ROUTERS))
