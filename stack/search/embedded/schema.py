"""The tantivy schema: which fields there are, and how their texts are cut into terms."""

import hashlib
from typing import Final

import tantivy

from stack.search.documents import DOCUMENT_VERSION
from stack.search.fields import DATE_FIELDS, FIELDS, FieldType
from stack.search.terms import build_word_analyzer

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

_WORDS = "words"
_PARTS = "parts"

KEYWORDS: Final = tuple(
    name for name, field in FIELDS.items() if field.type in {FieldType.KEYWORD, FieldType.FLAG}
)
NUMBERS: Final = tuple(name for name, field in FIELDS.items() if field.type is FieldType.NUMBER)

_LAYOUT: Final = (
    # Signed, because tantivy-py 0.27 deletes nothing by a term of an unsigned field.
    (ID, "indexed signed number"),
    *((name, "indexed number") for name in (AUDIENCE, RIVAL, IS_NAMED_BY_VALUE)),
    *((name, "number") for name in (SEQUENCE, RIVALS_DIGEST, RELEVANCE_KEY, MODIFIED_KEY, CREATED_KEY)),
    *((name, "signed number") for name in (*DATE_FIELDS, *NUMBERS)),
    *((name, "words") for name in (TITLE, TEXT)),
    *((name, "parts") for name in (NAME_PARTS, VALUE_PARTS)),
    *((name, "terms") for name in (NAME, VALUE)),
    *((name, "counted terms") for name in (*KEYWORDS, NAME_KEY)),
    (ADDRESS, "address"),
)
SCHEMA_VERSION: Final = hashlib.sha256(f"{DOCUMENT_VERSION} {_LAYOUT}".encode()).hexdigest()[:12]


def build_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name, kind in _LAYOUT:
        match kind:
            case "indexed signed number":
                builder.add_integer_field(name, indexed=True, fast=True)
            case "indexed number":
                builder.add_unsigned_field(name, indexed=True, fast=True)
            case "number":
                builder.add_unsigned_field(name, fast=True)
            case "signed number":
                builder.add_integer_field(name, fast=True)
            case "words" | "parts":
                builder.add_text_field(name, tokenizer_name=_WORDS if kind == "words" else _PARTS)
            case "terms" | "counted terms":
                is_counted = kind == "counted terms"
                builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=is_counted)
            case "address":
                builder.add_ip_addr_field(name, fast=True)
    return builder.build()


def register_analyzers(index: tantivy.Index) -> None:
    """Analyzers are not kept with an index: whoever opens it registers them."""
    index.register_tokenizer(_WORDS, build_word_analyzer())
    whole = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_PARTS, whole)
