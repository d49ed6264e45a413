"""One side of benchmarks/access.py, in a process and a data folder of its own.

Writes the objects with their markings, then measures a round for each line on standard input and answers with
one line of JSON: for each sort of question the CPU milliseconds of each, and a digest of all answers.
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import msgspec

_BATCH = 5_000
_QUESTIONS = 40
_FACETS = ("type", "label", "month")


class Round(msgspec.Struct):
    """What one round found: milliseconds of each question by the sort of question, and what was answered."""

    took: dict[str, list[float]]
    answers: str
    audiences: int


def name_marking(number: int) -> str:
    return f"marking-definition--00000000-0000-4000-8000-{number:012x}"


def is_seen(marking: int) -> bool:
    """Every second marking is seen, so that what is seen and what is not lie side by side."""
    return marking % 2 == 0


def main() -> None:
    count, markings = int(sys.argv[1]), int(sys.argv[2])
    os.environ["DJANGO_SETTINGS_MODULE"] = "stack.config.settings"
    import django

    django.setup()
    ask = _prepare(count, markings)
    for _ in sys.stdin:
        print(msgspec.json.encode(ask()).decode(), flush=True)


def _prepare(count: int, markings: int) -> Callable[[], Round]:
    # Models can be imported only after the set-up.
    from django.core.management import call_command

    from benchmarks.generate import generate_objects
    from benchmarks.search_candidates import make_questions, read_rows
    from stack.accounts.operations import ensure_first_organisation
    from stack.accounts.queries import principal_of_user
    from stack.search.lookup import look_up
    from stack.search.operations import rebuild
    from stack.search.queries import search_objects
    from stack.store.access import visible_audiences
    from stack.store.operations import ensure_source, write_statements
    from stack.store.statements import describe_statement

    call_command("migrate", verbosity=0)
    principal = principal_of_user(ensure_first_organisation())
    source = ensure_source(principal, name="generated")
    objects = _mark_objects(generate_objects(count), markings)
    while batch := list(islice(objects, _BATCH)):
        statements = [describe_statement(text, msgspec.json.decode(text)) for text in batch]
        write_statements(principal, statements=statements, source_id=source.id)
    rebuild()
    hidden = frozenset(name_marking(number) for number in range(markings) if not is_seen(number))
    reader = replace(principal, hidden_markings=hidden)
    questions = make_questions(list(islice(read_rows(count), 20_000)))

    def list_found(query: str, *facets: str) -> object:
        page = search_objects(reader, query=query, facets=facets)
        return page.total, [hit.row.stix_id for hit in page.hits], page.facets

    plans: dict[str, tuple[list[str], Callable[[str], object]]] = {
        "search, substring": (questions["substring"], lambda text: list_found(f"value:*{text}*")),
        "search, words": (questions["facets"], lambda text: list_found(f"text:{text}")),
        "search, words with three facets": (
            questions["facets"],
            lambda text: list_found(f"text:{text}", *_FACETS),
        ),
        "look-up": (
            questions["value"],
            lambda text: [row.stix_id for row in look_up(reader, [text])[0].objects],
        ),
    }

    def ask() -> Round:
        digest = hashlib.sha256()
        took: dict[str, list[float]] = {}
        for name, (texts, answer) in plans.items():
            took[name] = []
            for text in texts[:_QUESTIONS]:
                start = time.process_time()
                found = answer(text)
                took[name].append((time.process_time() - start) * 1000)
                digest.update(repr(found).encode())
        return Round(took, digest.hexdigest(), len(visible_audiences(reader)))

    return ask


def _mark_objects(texts: Iterator[bytes], markings: int) -> Iterator[bytes]:
    """One after the other with each marking. What is seen is the same for 2 and for 1,000."""
    for number, text in enumerate(texts):
        obj = msgspec.json.decode(text)
        obj["object_marking_refs"] = [name_marking(number % markings)]
        yield msgspec.json.encode(obj)


if __name__ == "__main__":
    main()
