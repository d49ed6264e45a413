"""`/suggest`: the list under the omnibar, as a part of a page."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stack.accounts.principal import Permission, Principal
from stack.search.records import Suggestion, SuggestionKind
from stack.search.suggestions import LONGEST, suggest
from stack.stix.observables.kinds import KIND_TITLES, Kind
from stack.stix.observables.refang import defang
from stack.web.access import needs
from stack.web.kinds import describe_type
from stack.web.links import object_url
from stack.web.naming import defang_within


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggestion as a row: what is read, of what sort it is, and where choosing it leads."""

    text: str
    sort: str
    url: str
    icon: str
    is_value: bool


@needs(Permission.READ)
def show_suggestions(request: HttpRequest, principal: Principal) -> HttpResponse:
    text = request.GET.get("q", "")
    found = suggest(principal, text) if len(text) <= LONGEST and "\0" not in text else []
    response = render(
        request, "components/suggestions.html", {"choices": [_describe(each) for each in found]}
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _describe(suggestion: Suggestion) -> Choice:
    match suggestion.kind:
        case SuggestionKind.VALUE:
            kind = Kind(suggestion.type)
            url = f"/search?{urlencode({'q': suggestion.text})}"
            return Choice(defang(suggestion.text, kind), KIND_TITLES[kind], url, "search", is_value=True)
        case SuggestionKind.OBJECT:
            label = describe_type(suggestion.type)
            text = defang_within(suggestion.text)
            return Choice(text, label.one, object_url(suggestion.id), label.icon, is_value=False)
        case SuggestionKind.LOOKUP:
            text = defang_within(suggestion.text)
            return Choice(text, "Your look-up", f"/lookup/{suggestion.id}", "history", is_value=True)
