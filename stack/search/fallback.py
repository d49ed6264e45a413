"""What the store alone answers of a search, while there is no index to ask.

Exact values, ids, and values and names by their beginning come from the key table; type, source, TLP, dates
and the like narrow that down. What is asked beside these is named, and not checked: the page then shows more
than it would, never what a principal may not see.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from stack.accounts.principal import Principal
from stack.search import query_tree as tree
from stack.search.base import SearchRequest, Sort
from stack.search.descriptions import describe_query
from stack.search.fields import FIELDS, FieldType
from stack.search.terms import cut_words
from stack.stix.observables.candidates import candidates
from stack.stix.observables.key_text import key_text
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import fold
from stack.store.queries import find_values, hydrate, list_objects, suggest_values
from stack.store.queries.stated import filter_by_source
from stack.store.records import ObjectRow

# Looked through where no value, name or id narrows it down: the newest, in a fraction of a second.
MOST_READ = 5_000
_PAGE = 1_000
_MOST_KEYS = 500
_MOST_OF_A_ROLE = 1_000
_READABLE = frozenset({"type", "revoked", "tlp", "source"})
_RANGES: dict[str, Callable[[ObjectRow], int | None]] = {
    "modified": lambda row: row.modified,
    "created": lambda row: row.created,
    "confidence": lambda row: row.confidence,
}

Check = Callable[[ObjectRow], bool]


@dataclass(frozen=True, slots=True)
class StoreAnswer:
    """Rows in the order asked for, as far as that goes; `unanswered` names what was not checked."""

    rows: list[ObjectRow]
    total: int
    unanswered: tuple[str, ...]


@dataclass(slots=True)
class _Plan:
    """What the parts of a query come to: each of `texts` is a way in, `checks` narrow down."""

    ids: list[frozenset[int]] = field(default_factory=list)
    types: list[frozenset[str]] = field(default_factory=list)
    sources: list[frozenset[int]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


def ask_store(principal: Principal, request: SearchRequest) -> StoreAnswer:
    """Answers the first page of a request. Nothing is found where no part of the query can be answered."""
    plan = _Plan()
    _Reader(principal, plan).read(request.node)
    for name, values in request.filters.items():
        _restrict(plan, name, values, described=f"{name} is {' or '.join(values)}")
    is_limited = bool(plan.ids or plan.types or plan.sources or plan.checks)
    if plan.unanswered and not is_limited:
        return StoreAnswer([], 0, tuple(plan.unanswered))
    rows, total = _collect(principal, plan)
    if plan.sources and rows:
        kept = filter_by_source(principal, [row.id for row in rows], frozenset.intersection(*plan.sources))
        rows = [row for row in rows if row.id in kept]
        total = None
    rows.sort(key=lambda row: (row.modified or 0, row.id), reverse=True)
    if request.sort is Sort.NAME:
        rows.sort(key=lambda row: fold(row.name))
    elif request.sort is Sort.CREATED:
        rows.sort(key=lambda row: (row.created or 0, row.id), reverse=True)
    return StoreAnswer(rows[: request.limit], len(rows) if total is None else total, tuple(plan.unanswered))


def _collect(principal: Principal, plan: _Plan) -> tuple[list[ObjectRow], int | None]:
    """Rows that the plan leads to, and how many there are where that is known exactly."""
    types = sorted(frozenset.intersection(*plan.types)) if plan.types else []
    if plan.types and not types:
        return [], 0
    if plan.ids:
        found: Iterable[ObjectRow] = hydrate(principal, frozenset.intersection(*plan.ids)).values()
        kept = [row for row in found if not types or row.type in types]
        return [row for row in kept if all(check(row) for check in plan.checks)], None
    rows: list[ObjectRow] = []
    page = list_objects(principal, types=types, limit=_PAGE)
    read = 0
    while True:
        rows += [row for row in page.rows if all(check(row) for check in plan.checks)]
        read += len(page.rows)
        if page.next is None or read >= MOST_READ:
            if page.next is not None and (plan.checks or plan.sources):
                plan.unanswered.append(f"all but the newest {MOST_READ:,} objects")
            return rows, None if plan.checks else page.total
        page = list_objects(principal, types=types, limit=_PAGE, after=page.next)


class _Reader:
    """Reads the parts of a query, all of which must hold, into a plan."""

    def __init__(self, principal: Principal, plan: _Plan) -> None:
        self._principal = principal
        self._plan = plan

    def read_all(self, parts: Sequence[tree.Node]) -> None:
        """Words beside each other are read together."""
        words = [part.text for part in parts if isinstance(part, tree.Term) and part.field is None]
        if words:
            self._read_words(words)
        for part in parts:
            if not isinstance(part, tree.Term) or part.field is not None:
                self.read(part)

    def read(self, part: tree.Node) -> None:
        plan = self._plan
        match part:
            case tree.Everything():
                pass
            case tree.And(parts):
                self.read_all(parts)
            case tree.Objects(object_ids):
                plan.ids.append(frozenset(object_ids))
            case tree.Not(tree.Objects(object_ids)):
                plan.checks.append(lambda row: row.id not in object_ids)
            case tree.Value():
                plan.ids.append(self._find_exact(_list_key_texts(part)))
            case tree.Beginning(text):
                plan.ids.append(self._find_beginning(text))
            case tree.Term(None | "name", text) | tree.Phrase(None | "name", text, 0):
                self._read_words([text])
            case tree.Wildcard(name, (str(text), tree.Gap.ANY)) if name in {None, "name"} or _is_value(name):
                plan.ids.append(self._find_beginning(text))
            case tree.Range(name, low, high) if name in _RANGES:
                plan.checks.append(_check_range(_RANGES[name], low, high))
            case tree.Term(str(name), text) if name in _READABLE:
                _restrict(plan, name, [text], described=describe_query(part))
            case tree.Or(parts) if (found := _read_alternatives(parts)) is not None:
                _restrict(plan, *found, described=describe_query(part))
            case _:
                plan.unanswered.append(describe_query(part))

    def _read_words(self, words: Sequence[str]) -> None:
        """What begins with all of them together, and what begins with one and has the others in its name."""
        together = self._find_beginning(" ".join(words))
        if len(words) == 1:
            self._plan.ids.append(together)
            return
        wanted = {each for word in words for each in cut_words(word)}
        self._plan.ids.append(together.union(*map(self._find_beginning, words)))
        self._plan.checks.append(lambda row: row.id in together or wanted <= set(cut_words(row.name)))

    def _find_exact(self, texts: Sequence[str]) -> frozenset[int]:
        found = find_values(self._principal, texts, limit_per_role=_MOST_OF_A_ROLE)
        return frozenset(match.object_id for known in found.values() for match in known.matches)

    def _find_beginning(self, text: str) -> frozenset[int]:
        """Objects with a value or a name that begins with the text."""
        known = suggest_values(self._principal, fold(text), limit=_MOST_KEYS)
        return self._find_exact([value for value, _ in known])


def _is_value(name: str | None) -> bool:
    return name is not None and FIELDS[name].type is FieldType.VALUE


def _list_key_texts(node: tree.Value) -> list[str]:
    if node.field in {None, "value"} and node.observable.kind is not Kind.CIDR:
        readings = dict.fromkeys((node.observable, *candidates(node.text)))
        return list(dict.fromkeys(key_text(reading) for reading in readings))
    return [key_text(node.observable)]


def _read_alternatives(parts: Sequence[tree.Node]) -> tuple[str, list[str]] | None:
    """The field and the values of alternatives that are all of one field which the store can check."""
    if not parts:  # what a source without a name comes to: nothing is found
        return "source", []
    terms = [part for part in parts if isinstance(part, tree.Term)]
    names = {term.field for term in terms}
    if len(terms) < len(parts) or len(names) > 1 or not names <= _READABLE:
        return None
    return str(names.pop()), [term.text for term in terms]


def _restrict(plan: _Plan, name: str, values: Sequence[str], *, described: str) -> None:
    wanted = frozenset(fold(value) for value in values)
    match name:
        case "type":
            plan.types.append(wanted)
        case "source":
            plan.sources.append(frozenset(int(value) for value in wanted if value.isdecimal()))
        case "revoked":
            plan.checks.append(lambda row: str(row.revoked).lower() in wanted)
        case "tlp":
            plan.checks.append(lambda row: (row.tlp or "none") in wanted)
        case _:
            plan.unanswered.append(described)


def _check_range(read: Callable[[ObjectRow], int | None], low: int | None, high: int | None) -> Check:
    def check(row: ObjectRow) -> bool:
        value = read(row)
        return value is not None and (low is None or low <= value) and (high is None or value < high)

    return check
