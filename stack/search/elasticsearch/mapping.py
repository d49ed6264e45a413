"""The fields of an index on the server, how documents fill them, and the settings of a copy.

Words and parts are cut here (`stack.search.terms`); the server's `whitespace` analyzer only puts them apart,
so that every backend finds the same. Scores are never computed, so no lengths are kept.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import orjson

from stack.search.documents import DOCUMENT_VERSION, SearchDocument, digest_rivals
from stack.search.fields import DATE_FIELDS, FIELDS, FieldType
from stack.search.sort_keys import make_name_key, make_relevance_key, make_time_key
from stack.search.terms import spell_parts, spell_words
from stack.stix.observables.normalise import fold

ID = "object_id"
SEQUENCE = "sequence"
AUDIENCE = "audience_id"
RIVAL = "rival_id"
RIVALS_DIGEST = "rivals_digest"
IS_NAMED_BY_VALUE = "is_named_by_value"
TITLE = "title"
TEXT = "text"
NAME = "exact_name"
VALUE = "value"
ADDRESS = "address"
NAME_PARTS = "name_parts"
VALUE_PARTS = "value_parts"
RELEVANCE_KEY = "relevance_key"
MODIFIED_KEY = "modified_key"
CREATED_KEY = "created_key"
NAME_KEY = "name_key"

# Keys and digests have 64 bits; the server's whole numbers are signed.
SIGN = 1 << 63
KEYWORDS: Final = tuple(
    name for name, field in FIELDS.items() if field.type in {FieldType.KEYWORD, FieldType.FLAG}
)
NUMBERS: Final = tuple(name for name, field in FIELDS.items() if field.type is FieldType.NUMBER)
# A term has at most 32,766 bytes on the server, and a document with a longer one is refused.
_LONGEST_TERM = 8_191
# Deletions are remembered for so long, in case that an older write comes after them.
_REMEMBER_DELETIONS = "1h"

_WORDS = {
    "type": "text",
    "analyzer": "whitespace",
    "norms": False,
    # Words of two values are no neighbours.
    "position_increment_gap": 1,
}
_TERM = {"type": "keyword", "norms": False, "doc_values": False, "ignore_above": _LONGEST_TERM}
_COUNTED_TERM = {"type": "keyword", "norms": False, "ignore_above": _LONGEST_TERM}
_NUMBER = {"type": "long"}
_KEPT_NUMBER = {"type": "long", "index": False}

_PROPERTIES: Final[Mapping[str, Mapping[str, Any]]] = {
    ID: _NUMBER,
    **dict.fromkeys((SEQUENCE, RIVALS_DIGEST, RELEVANCE_KEY, MODIFIED_KEY, CREATED_KEY), _KEPT_NUMBER),
    # As terms and not as numbers: a request asks for hundreds of them at once.
    **dict.fromkeys((AUDIENCE, RIVAL), _COUNTED_TERM),
    IS_NAMED_BY_VALUE: {"type": "boolean"},
    **dict.fromkeys((*DATE_FIELDS, *NUMBERS), _NUMBER),
    **dict.fromkeys((TITLE, TEXT, NAME_PARTS, VALUE_PARTS), _WORDS),
    **dict.fromkeys((NAME, VALUE), _TERM),
    **dict.fromkeys((*KEYWORDS, NAME_KEY), _COUNTED_TERM),
    ADDRESS: {"type": "ip", "ignore_malformed": True},
}
MAPPINGS: Final = {"dynamic": "strict", "_source": {"enabled": False}, "properties": _PROPERTIES}
SCHEMA_VERSION: Final = hashlib.sha256(
    b"%d " % DOCUMENT_VERSION + orjson.dumps(MAPPINGS, option=orjson.OPT_SORT_KEYS)
).hexdigest()[:12]


def make_settings(*, shards: int, replicas: int | None, is_unseen: bool) -> dict[str, Any]:
    """Settings of a new copy; one that nobody reads yet is filled without replicas.

    Nothing refreshes it but a commit. An acknowledged write is on disk, which is the server's own default.
    """
    return {
        "number_of_shards": shards,
        "refresh_interval": "-1",
        "gc_deletes": _REMEMBER_DELETIONS,
        **({"number_of_replicas": 0} if is_unseen else make_replica_settings(replicas)),
    }


def make_replica_settings(replicas: int | None) -> dict[str, Any]:
    return {"auto_expand_replicas": "0-1"} if replicas is None else {"number_of_replicas": replicas}


def write_document(document: SearchDocument) -> bytes:
    """The JSON of a document; whatever orjson raises for what is no valid text."""
    object_id, dates = document.object_id, document.dates
    modified_key = make_time_key(dates.get("modified"), object_id)
    relevance_key = make_relevance_key(modified_key, is_relationship=document.is_relationship)
    folded = [fold(name) for name in document.names]
    values = set(document.values)
    # A name that is one of the values, as feeds name indicators, is not kept a second time.
    names = [name for name in folded if name not in values]
    drawn: dict[str, Any] = {
        ID: object_id,
        SEQUENCE: document.sequence,
        AUDIENCE: str(document.audience_id),
        RIVAL: [str(each) for each in document.rival_ids],
        RIVALS_DIGEST: digest_rivals(document.rival_ids) - SIGN,
        IS_NAMED_BY_VALUE: len(names) < len(folded),
        RELEVANCE_KEY: relevance_key - SIGN,
        MODIFIED_KEY: modified_key,
        CREATED_KEY: make_time_key(dates.get("created"), object_id),
        NAME_KEY: make_name_key(document.title, object_id),
        TITLE: _spell(document.names, spell_words),
        TEXT: spell_words(document.text),
        NAME: names,
        NAME_PARTS: _spell(names, spell_parts),
        VALUE: document.values,
        VALUE_PARTS: _spell([value.casefold() for value in document.values], spell_parts),
        ADDRESS: document.addresses,
        **document.keywords,
        **dates,
        **document.numbers,
    }
    return orjson.dumps({name: value for name, value in drawn.items() if value not in ((), [], "")})


def reduce_document(document: SearchDocument) -> SearchDocument:
    """What is left of a document that the server refuses: its object is still found by id and type."""
    kept = {name: values for name, values in document.keywords.items() if name == "type"}
    return msgspec.structs.replace(
        document,
        title="",
        names=(),
        text="",
        values=(),
        addresses=(),
        keywords=kept,
        dates={},
        numbers={},
    )


def _spell(texts: "tuple[str, ...] | list[str]", spell: Callable[[str], str]) -> list[str]:
    return [spell(text) for text in texts]
