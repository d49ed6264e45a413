"""The endpoints of TAXII 2.1 under `/taxii2/`. Each ends with a slash; one that was left out is no fault."""

from django.urls import path, re_path

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission
from stack.sharing.taxii.boundary import READING, WRITING, Operation, endpoint, find_nothing
from stack.sharing.taxii.views.collections import show_collection, show_collections
from stack.sharing.taxii.views.discovery import show_api_root, show_discovery
from stack.sharing.taxii.views.objects import show_manifest, show_object, show_objects, show_versions
from stack.sharing.taxii.views.writing import add_objects, cost_of_post, remove_object, show_status

_KNOWING = frozenset({Permission.READ})
_NOWHERE = Operation(find_nothing, frozenset())
_COLLECTION = "<str:root>/collections/<str:collection>/"

urlpatterns = [
    path(
        f"{_COLLECTION}objects/",
        endpoint(
            GET=Operation(show_objects, READING),
            POST=Operation(add_objects, WRITING, cost_of_post),
        ),
    ),
    path(
        f"{_COLLECTION}objects/<str:stix_id>/",
        endpoint(
            GET=Operation(show_object, READING),
            DELETE=Operation(remove_object, READING | WRITING, Cost.WRITE),
        ),
    ),
    path(f"{_COLLECTION}objects/<str:stix_id>/versions/", endpoint(GET=Operation(show_versions, READING))),
    path(f"{_COLLECTION}manifest/", endpoint(GET=Operation(show_manifest, READING))),
    path(_COLLECTION, endpoint(GET=Operation(show_collection, _KNOWING))),
    path("<str:root>/collections/", endpoint(GET=Operation(show_collections, _KNOWING))),
    path("<str:root>/status/<str:status>/", endpoint(GET=Operation(show_status, WRITING))),
    path("<str:root>/", endpoint(GET=Operation(show_api_root, _KNOWING))),
    path("", endpoint(GET=Operation(show_discovery, _KNOWING))),
    re_path("", endpoint(**dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), _NOWHERE))),
]
