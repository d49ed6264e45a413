"""The object's text as it came, or indented to read it."""

import orjson

from stack.store.queries import get_text
from stack.web.object_tabs.base import Context, Subject

_LONGEST_SHOWN = 200_000


def describe(subject: Subject) -> Context:
    text = get_text(subject.principal, subject.stix_id) or b""
    indented = subject.asked.get("as") == "indented"
    if indented:
        text = orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2)
    shown = text[:_LONGEST_SHOWN].decode("utf-8", "replace")
    return {"text": shown, "size": len(text), "is_cut": len(text) > _LONGEST_SHOWN, "indented": indented}
