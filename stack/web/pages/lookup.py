"""`/lookup`: paste many values, get one row for each in their order; `/lookup/<id>` shows the same again."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission, Principal
from stack.analysis.queries import find_verdicts
from stack.analysis.records import AnalysisRow
from stack.analysis.subjects import SUBJECT_KINDS
from stack.core.errors import BadInput
from stack.search.lookup import look_up
from stack.search.operations import load_lookup, save_lookup
from stack.search.records import LookupAnswer
from stack.stix.observables.kinds import KIND_TITLES, Kind
from stack.store.records import ObjectRow
from stack.web.access import needs
from stack.web.answers import Sheet, answer_csv, answer_json, render_page
from stack.web.links import change_query, next_page, object_url
from stack.web.naming import show_name

_LARGEST_FILE = 4_000_000
_PAGE = 500
_OBJECTS_SHOWN = 3
_WORDS = {Kind.TEXT, Kind.NAME, Kind.FILE_NAME}
_COLUMNS = (
    "input",
    "value",
    "kind",
    "known",
    "objects",
    "more",
    "networks",
    "note",
    "known_good",
    "verdict",
    "score",
)


@needs(Permission.READ, cost=Cost.EXPENSIVE)
@require_http_methods(["GET", "POST"])
def start_lookup(request: HttpRequest, principal: Principal) -> HttpResponseBase:
    """The empty form; a POST keeps the lines and goes to the URL that shows their answers."""
    if request.method == "GET":
        return render(request, "pages/lookup.html", {})
    text = request.POST.get("values", "")
    upload = request.FILES.get("file")
    if upload is not None:
        text = upload.read(_LARGEST_FILE + 1).decode("utf-8", "replace")
    try:
        _check_size(text)
        return HttpResponseRedirect(f"/lookup/{save_lookup(principal, text)}")
    except BadInput as error:
        return render(
            request, "pages/lookup.html", {"text": text[:_LARGEST_FILE], "fault": error}, status=422
        )


@needs(Permission.READ, cost=Cost.EXPENSIVE)
def show_lookup(
    request: HttpRequest, principal: Principal, lookup_id: str, form: str = "html"
) -> HttpResponseBase:
    text = load_lookup(principal, lookup_id)
    answers = look_up(principal, split_lines(text))
    if form != "html":
        verdicts = _find_verdicts(principal, answers)
        sheet = Sheet(
            _COLUMNS,
            (_write_row(each, verdicts.get(each.value)) for each in answers),
            {"total": len(answers)},
        )
        return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-lookup.csv")
    context = {"text": text, "id": lookup_id, **_describe_answers(principal, answers, request.GET)}
    return render_page(request, "pages/lookup.html", "pages/lookup_results.html", context)


def split_lines(text: str) -> list[str]:
    """The inputs: one a line, blank lines left out."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _check_size(text: str) -> None:
    if len(text) > _LARGEST_FILE:
        raise BadInput(
            f"Look-up takes up to {_LARGEST_FILE // 1_000_000} MB of text at once",
            remedy="Ingest the file instead: it is read as a stream.",
        )
    if not split_lines(text):
        raise BadInput("There is nothing to look up", remedy="Paste one value a line.")


def _describe_answers(principal: Principal, answers: list[LookupAnswer], asked: QueryDict) -> dict[str, Any]:
    """The rows of one page, numbered as the inputs were; the counts are of all inputs."""
    show = asked.get("show", "")
    chosen = {"known": True, "unknown": False}.get(show)
    rows = [
        (position, answer)
        for position, answer in enumerate(answers, start=1)
        if chosen is None or answer.known == chosen
    ]
    after = asked.get("after", "")
    start = min(int(after), len(rows)) if after.isdecimal() and len(after) < 9 else 0
    end = min(start + _PAGE, len(rows))
    known = sum(answer.known for answer in answers)
    verdicts = _find_verdicts(principal, [answer for _, answer in rows[start:end]])
    may_analyze = Permission.ANALYZE in principal.permissions
    return {
        "answers": [
            _describe_answer(position, answer, verdicts.get(answer.value))
            for position, answer in rows[start:end]
        ],
        "to_analyze": _list_subjects(answer for _, answer in rows[start:end]) if may_analyze else "",
        "range": f"{start + 1:,}–{end:,} of {len(rows):,}" if rows else "",
        "next_url": next_page(asked, str(end) if end < len(rows) else None),
        "first_url": change_query(asked, {}) if start else "",
        "show": show if chosen is not None else "",
        "counts": {"all": len(answers), "known": known, "unknown": len(answers) - known},
        "repeated": len(answers) - len({(answer.kind, answer.value) for answer in answers}),
    }


def _find_verdicts(principal: Principal, answers: Iterable[LookupAnswer]) -> dict[str, AnalysisRow]:
    """The newest verdict by value."""
    return find_verdicts(principal, [each.value for each in answers if each.kind in SUBJECT_KINDS])


def _list_subjects(answers: Iterable[LookupAnswer]) -> str:
    """The values that can be analysed, each once, one a line."""
    return "\n".join(dict.fromkeys(each.value for each in answers if each.kind in SUBJECT_KINDS))


def _describe_answer(position: int, answer: LookupAnswer, verdict: AnalysisRow | None) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "verdict_url": f"/analyses/{verdict.uid}" if verdict else "",
        "position": position,
        "answer": answer,
        "value": answer.input if answer.kind in _WORDS else answer.value,
        "kind": KIND_TITLES[Kind(answer.kind)],
        "objects": [_describe_object(answer, row) for row in answer.objects[:_OBJECTS_SHOWN]],
        "rest": max(0, len(answer.objects) + answer.more - _OBJECTS_SHOWN),
        "search_url": f"/search?{urlencode({'q': answer.value})}",
    }


def _describe_object(answer: LookupAnswer, row: ObjectRow) -> dict[str, Any]:
    """An object that is called as the value itself is named by its type, not by the value once more."""
    shown = show_name(row)
    is_namesake = shown.text.casefold() in {answer.value.casefold(), answer.input.casefold()}
    return {"row": row, "url": object_url(row.stix_id), "shown": shown, "is_namesake": is_namesake}


def _write_row(answer: LookupAnswer, verdict: AnalysisRow | None) -> tuple[Any, ...]:
    ids = [row.stix_id for row in answer.objects]
    return (
        answer.input,
        answer.value,
        answer.kind,
        answer.known,
        ids,
        answer.more,
        list(answer.networks),
        answer.note,
        [each.list_name for each in answer.known_good],
        verdict.word.value if verdict else None,
        verdict.score if verdict and verdict.confidence else None,
    )
