"""Whatever a source sends, these functions answer: they run before anything has been validated."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stack.stix.documents import reference_properties
from stack.stix.markings import TLP_20_IDS, all_markings, tlp_level_of
from stack.stix.redaction import redact_object
from stack.stix.upgrade import upgrade_object
from stack.stix.validation.validate import validate_object
from stack.stix.versioning import check_succession, is_versionable

_NAMES = st.sampled_from(
    [
        "type",
        "id",
        "spec_version",
        "created",
        "modified",
        "revoked",
        "created_by_ref",
        "object_marking_refs",
        "granular_markings",
        "selectors",
        "marking_ref",
        "lang",
        "labels",
        "objects",
        "object_refs",
        "extensions",
        "extension_type",
        "hashes",
        "MD5",
        "archive-ext",
        "contains_refs",
        "parent_directory_ref",
        "0",
        "1",
        "definition",
        "definition_type",
        "tlp",
        "name",
    ]
)
_TEXTS = st.sampled_from(
    [
        "file",
        "bundle",
        "malware",
        "observed-data",
        "0",
        "1",
        "labels.[0]",
        "objects.0",
        "name",
        "\ud800",
        TLP_20_IDS["red"],
        "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | _TEXTS, inner, max_size=4),
    max_leaves=15,
)
_OBJECTS = st.dictionaries(_NAMES, _JSON, max_size=8)
_OBSERVED = st.builds(
    lambda obj, container: {**obj, "type": "observed-data", "objects": container},
    _OBJECTS,
    st.dictionaries(
        st.sampled_from(["0", "1", "2", "\ud800"]),
        st.builds(lambda obj: {**obj, "type": "file"}, _OBJECTS) | _JSON,
        max_size=4,
    ),
)


@settings(max_examples=200, deadline=None)
@given(_OBJECTS | _OBSERVED, _OBJECTS)
def test_any_json_object_is_answered(obj: dict[str, Any], other: dict[str, Any]) -> None:
    validate_object(obj)
    list(reference_properties(obj))
    tlp_level_of(all_markings(obj))
    redact_object(obj, {TLP_20_IDS["red"]})
    is_versionable(obj)
    check_succession(obj, other)
    upgraded = upgrade_object(obj)
    assert upgraded
    assert json.dumps(upgraded) == json.dumps(upgrade_object(obj))
