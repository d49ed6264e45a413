"""Says in words how a query was read, for the line above the results."""

from stack.search import query_tree as tree
from stack.search.periods import format_moment
from stack.stix.observables.kinds import KIND_TITLES


def describe_query(node: tree.Node) -> str:  # noqa: C901, PLR0911, PLR0912 - one case per kind of node
    """For example: “cobalt strike” in names and text, and type is malware, and not (revoked is true)."""
    match node:
        case tree.Everything():
            return "everything"
        case tree.And(parts):
            return ", and ".join(_bracket(part, node) for part in parts)
        case tree.Or(parts):
            return ", or ".join(_bracket(part, node) for part in parts)
        case tree.Not(part):
            return f"not ({describe_query(part)})"
        case tree.Value(field, observable, _):
            title = KIND_TITLES[observable.kind]
            return f"{title} {observable.value}" if field is None else f"{field} is {observable.value}"
        case tree.Range(field, low, high):
            return _describe_range(field, low, high)
        case tree.AddressRange(low, high):
            return f"an address from {low} to {high}"
        case tree.Present(field):
            return f"{field} is given"
        case tree.Objects(object_ids):
            return f"{len(object_ids)} objects"
        case tree.Beginning(text):
            return f"a name or a value begins with “{text}”"
        case tree.Fuzzy(field, text, distance):
            return f"{_place(field)} has something like “{text}” (up to {distance} letters differ)"
        case tree.Wildcard(field, pieces):
            written = "".join(piece if isinstance(piece, str) else piece.value for piece in pieces)
            return f"{_place(field)} matches {written}"
        case tree.Phrase(field, text, _) | tree.Term(field, text):
            if field in {None, "name", "text"}:
                return f"“{text}” in {_place(field)}"
            return f"{field} is {text}"


def _bracket(part: tree.Node, whole: tree.Node) -> str:
    text = describe_query(part)
    return f"({text})" if isinstance(part, tree.And | tree.Or) and type(part) is not type(whole) else text


def _place(field: str | None) -> str:
    return {None: "names and text", "name": "names"}.get(field, field or "")


def _describe_range(field: str, low: int | None, high: int | None) -> str:
    """`high` is not included."""
    is_number = field == "confidence"
    if is_number and low is not None and high == low + 1:
        return f"{field} is {low}"
    if not is_number and low is not None and high == low + 1:
        return f"{field} is {format_moment(low)}"
    words = []
    if low is not None:
        words.append(f"from {low if is_number else format_moment(low)}")
    if high is not None:
        words.append(f"up to {high - 1}" if is_number else f"before {format_moment(high)}")
    return f"{field} {' '.join(words) or 'is given'}"
