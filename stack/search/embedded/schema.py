"""The tantivy schema: which fields there are, and how their texts are cut into terms."""

import hashlib
from typing import Final

import tantivy

from stack.search.fields import DATE_FIELDS, FIELDS, FieldType

# Raised when the same fields are filled differently (`stack.search.documents`): old copies are then rebuilt.
DOCUMENT_VERSION = 2

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

LONGEST_WITH_PARTS = 256
_START = "\x02"
_END = "\x03"
_BLANK = "\x01"
_PART = 3
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


def build_word_analyzer() -> tantivy.TextAnalyzer:
    """Letters and digits, lower case, without accents; words up to the length of a SHA-512."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (tantivy.Filter.remove_long(130), tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold()):
        builder = builder.filter(step)
    return builder.build()


def register_analyzers(index: tantivy.Index) -> None:
    """Analyzers are not kept with an index: whoever opens it registers them."""
    index.register_tokenizer(_WORDS, build_word_analyzer())
    whole = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_PARTS, whole)


def spell_parts(text: str) -> str:
    """Every three neighbouring characters as a word, so that a phrase of them is a substring of `text`.

    Tantivy's own n-grams all have the same position; these have one each. The ends are marked, so that
    beginnings and endings can be asked for too.
    """
    is_whole = len(text) <= LONGEST_WITH_PARTS
    return " ".join(cut_parts(mark_ends(text[:LONGEST_WITH_PARTS], is_start=True, is_end=is_whole)))


def cut_parts(marked: str) -> list[str]:
    safe = marked.replace(" ", _BLANK)
    return [safe[at : at + _PART] for at in range(len(safe) - _PART + 1)]


def mark_ends(text: str, *, is_start: bool, is_end: bool) -> str:
    """`text` as it stands in the parts of a value that begins or ends with it."""
    return f"{_START if is_start else ''}{text}{_END if is_end else ''}"
