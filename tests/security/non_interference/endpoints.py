"""Everything that bob asks, in order: every REST operation and every page, of what he sees, of what he does
not, and of what never was. `«name»` stands for a number that the world gave out (`Stage.numbers`)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from stack.api.rest.openapi import PREFIX
from stack.search.fields import FACETS
from tests.security.non_interference import items
from tests.security.non_interference.analysis_asks import ask_analyses
from tests.security.non_interference.asks import Ask
from tests.security.non_interference.sharing_pages import ask_sharing_pages
from tests.security.non_interference.world import encode_bundle

_NOTHING: Mapping[str, str] = {}
UNKNOWN = "malware--00000000-0000-4000-8000-000000000000"
_ABSENT = 987_654_321_987

# Addresses that no member's data is behind, or that are asked elsewhere.
NOT_REPLAYED = {
    "api/v1/auth/": "signing in by an app knows no principal yet, only whoever holds its session token",
    "api/v1/openapi.json": "describes the API and is the same text for whoever asks",
    "sign-in/passkey": "takes a passkey's signature, of somebody who is not signed in",
    "sign-in/<str:token>": "takes a one-time link, and signs in whoever it belongs to",
    "account/security/passkeys": "takes what a security key answers, about one's own account",
    "account/sessions/<int:session_id>/end": "would end the session of the replay",
    "sign-out": "would end the session of the replay",
}


# Some of each kind, for what costs more: seen and not, by whom and how.
_TELLING = (
    items.SECRET,
    items.SECRETS[2],
    items.SECRET_VALUES[0],
    *items.BOBS,
    items.BOB_INDICATOR,
    items.BOB_RED,
    *items.LATE,
    *items.BY_LEVEL.values(),
    items.TO_BANK,
    items.TO_CIRCLE,
    items.TO_INNER,
    items.EMBARGOED,
    items.RELEASED,
    items.FOR_CLUB,
    items.FOR_CLOSED,
    items.CLOSED,
    items.WITH_PARTS,
    items.LAYERED,
    *items.GONE[:2],
    items.WITHDRAWN,
    items.BACK,
    *items.NODES.values(),
    items.LAB,
    items.REPORT,
)
STIX_IDS = tuple(
    dict.fromkeys(
        obj["id"]
        for obj in (
            *_TELLING,
            *items.SECRETS[:4],
            *items.SECRET_VALUES,
            items.TO_THIRD,
            items.CLUB,
            items.FOR_CLOSED_TOO,
            *items.LINKS.values(),
            *items.SIGHTINGS.values(),
            *items.SECRET_LINKS,
            *items.SAME_IDS.values(),
        )
    )
)
_WORDS = (
    *("", "loader", "bob's loader", "alice", "loader beacon", "load*", "*oader", "l?ader", "loadr~1"),
    *('"the loader"', '"Bob\'s loader 1"', "loader -beacon", "NOT loader", "loader OR wiper", "/load.*/"),
    *("secret-word", "nightshade", "secret*", "name:night*", "label:loader", "label:wave-*", "label:beacon"),
    *("198.51.100.7", "ip:198.51.100.0/24", "ip:[198.51.100.1 TO 198.51.100.9]", "value:198*"),
    *("beacon.example", "hidden.example", "domain:*.example", "value:*.example", "hidden[.]example"),
    *("203.0.113.99", "203.0.113.50", "203.0.113.51", "csv.example", "parts.example", "text.example"),
    *("type:malware", "type:indicator loader", "type:ma*", "tlp:red", "tlp:amber", "tlp:*", "revoked:true"),
    *("source:OSINT", "source:feed", "source:shares", 'source:"same ids"', "source:O*", "source:gone"),
    *("confidence:>=50", "confidence:[0 TO 30]", "created:2024", "modified:2025-06", "modified:>2024-06"),
    *(f'id:"{items.SECRET["id"]}"', f'id:"{items.BOBS[0]["id"]}"', items.SECRET["id"], items.BOBS[1]["id"]),
    *(f'id:"{items.LAYERED["id"]}"', "stated thrice", "newer", "older", "alice's other", "notes", "says"),
    *("kind:*", "kind:ipv4", "marking:*", "text:loader", "(loader", "name:", "unknownfield:x", '"'),
)
_VALUES = (
    *("198.51.100.7", "beacon.example", "hidden.example", "203.0.113.50", "203.0.113.51", "203.0.113.99"),
    *("csv.example", "text.example", "red.example", "parts.example", "198.51.100.0/24", "198.51.100.0/25"),
    *("Bob's loader 1", "Nightshade 3", "Alice's loader 1", "shared at red", "stated thrice", "nothing"),
    *("Alice's newer name for it", "Alice's older name for it", "alice knows better", "hidden[.]example"),
    *(items.SECRET["id"], items.BOBS[0]["id"], items.LAYERED["id"], UNKNOWN),
    *(obj["name"] for obj in list(items.SAME_IDS.values())[::7]),
)
_PREFIXES = (
    *("lo", "loader", "al", "alice", "bob", "ni", "nightshade", "be", "hid", "198", "198.51", "203", "sh"),
    *("shared at", "st", "secret", "cl", "emb", "wi", "no", "node", "csv", "red", "te", "x"),
)


def list_asks(*, is_thorough: bool = True) -> Iterator[Ask]:
    """First what only reads; then what changes something, with much of the reading again.

    Not thorough: as many endpoints, of fewer objects and queries. What is seen does not depend on the role.
    """
    step = 1 if is_thorough else 12
    yield from _list_refused()
    yield from _read_objects(step)
    yield from _read_lists()
    yield from _read_collections()
    yield from _read_taxii()
    yield from _read_exports()
    yield from _ask_reviews()
    yield from ask_analyses()
    yield from ask_sharing_pages()
    yield from _search(step)
    yield from _look_up(step)
    yield from _read_accounts()
    yield from _read_pages(step)
    yield from _change_data()
    yield from _change_collections()
    yield from _change_taxii()
    if is_thorough:
        yield from _read_again()
    yield from _change_accounts()
    yield from _read_again()


def _api(path: str, method: str = "GET", **options: Any) -> Ask:
    return Ask(PREFIX + path, method, **options)


def _query(path: str, **parameters: Any) -> str:
    return f"{path}?{urlencode(parameters, doseq=True)}" if parameters else path


def _page_of(stix_id: str) -> str:
    kind, _, uuid = stix_id.partition("--")
    return f"/o/{kind}/{uuid}"


def _list_refused() -> Iterator[Ask]:
    """What no role of bob's may do comes first: refusals are counted by the minute."""
    yield _api("/organisations", "POST", body={"name": "Bob's own"})
    yield _api("/organisations/«organisation:Agency»", "PATCH", body={"name": "x"})
    yield _api("/groups", "POST", body={"name": "Bob's circle"})
    for group in ("«group:Inner»", "«group:Circle»", str(_ABSENT)):
        yield _api(f"/groups/{group}", "PATCH", body={"name": "x"})
        yield _api(f"/groups/{group}", "DELETE")
        yield Ask(f"/admin/groups/{group}")
        yield Ask(f"/admin/groups/{group}/delete", "POST", form=_NOTHING)
    yield from _ask_feeds()
    yield from _ask_providers()
    yield from _ask_peers()
    yield from _ask_outputs()
    yield _api("/collections", "POST", body={"title": "Bob's own"})
    yield _api("/api-roots", "POST", body={"slug": "secret-root", "title": "Bob's own"})
    for name in ("«collection:private»", "«collection:shared»", str(_ABSENT)):
        yield _api(f"/collections/{name}", "PATCH", body={"title": "x"})
        yield _api(f"/collections/{name}", "DELETE")
    for slug in ("secret-root", "nothing"):
        yield _api(f"/api-roots/{slug}", "DELETE")
    yield _api("/restricted-markings")
    yield _api("/restricted-markings", "POST", body={"marking_id": items.CLOSED["id"], "name": "x"})
    yield _api("/restricted-markings/1", "DELETE")
    yield _api("/audit?limit=3")
    yield from (Ask(path) for path in ("/admin/organisations", "/admin/groups", "/admin/markings"))
    for form in ("json", "csv"):
        yield Ask(f"/admin/organisations.{form}")
        yield Ask(f"/admin/groups.{form}")
        yield Ask(f"/admin/markings.{form}")
        yield Ask(f"/admin/organisations/«organisation:Agency»/members.{form}")
        yield Ask(f"/admin/organisations/«organisation:Agency»/invitations.{form}")
    yield Ask("/admin/markings/1/lift", "POST", form=_NOTHING)
    yield Ask("/admin/organisations/«organisation:Agency»")
    for act in ("invitations", "invitations/«invitation:alice»/revoke", "programs", "name", "second-factor"):
        yield Ask(f"/admin/organisations/«organisation:Agency»/{act}", "POST", form=_NOTHING)


_COLLECTIONS = tuple(f"«collection:{name}»" for name in ("private", "shared", "posts", "bank"))


def _ask_providers() -> Iterator[Ask]:
    """No service is asked: none of the accounts has its credential."""
    yield _api("/providers")
    for is_personal in (True, False):
        account = {"provider": "virustotal", "is_personal": is_personal}
        query = f"provider=virustotal&is_personal={str(is_personal).lower()}"
        yield _api(f"/providers/account?{query}", "DELETE")
        yield _api("/providers/account", "PUT", body=account | {"is_enabled": False})
        yield _api("/providers/test", "POST", body=account)
        yield _api(f"/providers/account?{query}", "DELETE")


def _ask_feeds() -> Iterator[Ask]:
    """No server is asked: what could be sent would go to this machine, which is refused."""
    nowhere = {"url": "http://127.0.0.1:9/list.txt"}
    yield _api("/feed-vendors")
    yield _api("/feeds")
    yield _api("/feeds", "POST", body={"vendor": "tor-exits", "options": nowhere})
    for act in ("preview", "test"):
        yield _api(f"/feeds/{act}", "POST", body={"vendor": "tor-exits", "options": nowhere})
        yield _api(f"/feeds/{act}", "POST", body={"feed_id": _ABSENT})
    for feed in (str(_ABSENT), "1"):
        yield _api(f"/feeds/{feed}")
        yield _api(f"/feeds/{feed}/health")
        yield _api(f"/feeds/{feed}", "PATCH", body={"every_s": 7_200})
        yield _api(f"/feeds/{feed}/run", "POST", body={})
        yield _api(f"/feeds/{feed}", "DELETE")


def _ask_outputs() -> Iterator[Ask]:
    yield _api("/outputs", "POST", body={"title": "Bob's", "format": "hosts", "query": "*"})
    for output in ("«output:private»", "«output:bank»", str(_ABSENT)):
        yield _api(f"/outputs/{output}")
        yield _api(f"/outputs/{output}", "PATCH", body={"title": "x"})
        yield _api(f"/outputs/{output}", "DELETE")
        yield _api(f"/outputs/{output}/keys", "POST", body={"name": "x"})
    yield _api("/outputs")
    for path in ("abc/list.txt", f"abc/stk_{'0' * 12}_{'0' * 48}/list.txt", ""):
        yield Ask(f"/outputs/{path}")


def _read_exports() -> Iterator[Ask]:
    yield _api("/export/formats")
    for form in ("stix-lines", "jsonl", "csv", "hosts", "misp"):
        yield _api(_query("/export", format=form))
        yield _api(_query("/export", format=form, collection="«collection:shared»"))
        yield _api(_query("/export/losses", format=form))
    for name in ("«collection:private»", "«collection:shared»", "bank", str(_ABSENT)):
        yield _api(f"/export/losses?collection={name}&format=csv&min_confidence=1&known_good=keep")


def _ask_peers() -> Iterator[Ask]:
    """Another server is never asked: nobody's peers have links that could be due."""
    yield _api("/peers")
    yield _api("/peers", "POST", body={"name": "Bob's", "url": "https://taxii.example/"})
    for peer in (str(_ABSENT), "1"):
        yield _api(f"/peers/{peer}")
        yield _api(f"/peers/{peer}", "PATCH", body={"is_enabled": False})
        yield _api(f"/peers/{peer}/sync", "POST")
        yield _api(f"/peers/{peer}/links", "POST", body={"collection": "x"})
        yield _api(f"/peers/{peer}/links/{_ABSENT}", "PATCH", body={"every_s": 60})
        yield _api(f"/peers/{peer}/links/{_ABSENT}", "DELETE")
        yield _api(f"/peers/{peer}", "DELETE")


def _ask_reviews() -> Iterator[Ask]:
    """Another organisation's are never there, by whichever number. Bob's own documents are read elsewhere."""
    yield _api("/reviews")
    yield _api("/reviews?state=open")
    yield _api("/reviews", "POST", content=b"")
    for review in ("«review:alice»", str(_ABSENT)):
        path = f"/reviews/{review}"
        yield _api(path)
        yield _api(path, "PATCH", body={"revision": 1, "title": "x"})
        yield from (_api(f"{path}/{what}") for what in ("parts/1", "finds", "subjects", "document"))
        yield _api(f"{path}/finds", "POST", body={"revision": 1, "part": 1, "start": 0, "end": 4})
        decision = {"find_ids": [1], "decision": "accepted"}
        yield _api(f"{path}/decisions", "POST", body={"revision": 1, "decisions": [decision]})
        yield _api(f"{path}/decisions/bulk", "POST", body={"revision": 1, "decision": "rejected"})
        for act in ("commit", "reopen", "discard"):
            yield _api(f"{path}/{act}", "POST", body={"revision": 1})


def _read_collections() -> Iterator[Ask]:
    yield _api("/api-roots")
    yield _api("/collections")
    yield _api("/collections?root=org-«organisation:Agency»")
    for name in (*_COLLECTIONS, "bank", str(_ABSENT)):
        yield _api(f"/collections/{name}")
        yield _api(f"/collections/{name}/objects?limit=40", is_followed=True)


def _change_collections() -> Iterator[Ask]:
    known = items.BOBS[2]["id"]
    for name in (*_COLLECTIONS[:3], str(_ABSENT)):
        for stix_id in (items.SECRET["id"], known, UNKNOWN):
            yield _api(f"/collections/{name}/objects", "POST", body={"stix_ids": [stix_id]})
            yield _api(f"/collections/{name}/objects/{stix_id}", "DELETE")
        yield _api(f"/collections/{name}/objects")


def _list_taxii() -> Iterator[str]:
    """Collections as TAXII names them: in the root that they are in, and in one that they are not."""
    agency, bank = "org-«organisation:Agency»", "org-«organisation:Bank»"
    for name in (*_COLLECTIONS[:3], str(_ABSENT)):
        yield f"/taxii2/{agency}/collections/{name}/"
    for name in (_COLLECTIONS[3], "bank", _COLLECTIONS[0]):
        yield f"/taxii2/{bank}/collections/{name}/"


def _read_taxii() -> Iterator[Ask]:
    yield Ask("/taxii2/")
    yield Ask("/taxii2/nothing/is/here/")
    for root in ("org-«organisation:Agency»", "org-«organisation:Bank»", "secret-root", "nothing"):
        yield Ask(f"/taxii2/{root}/")
        yield Ask(f"/taxii2/{root}/collections/")
        yield Ask(f"/taxii2/{root}/status/00000000-0000-4000-8000-000000000000/")
    for path in _list_taxii():
        yield Ask(path)
        yield Ask(f"{path}objects/?limit=40", is_followed=True)
        yield Ask(f"{path}manifest/?match[version]=all&limit=90", is_followed=True)
        for asked in ("type]=malware&limit=7", "name]=loader", "confidence-gte]=50", "tlp]=red,amber"):
            yield Ask(f"{path}objects/?match[{asked}", is_followed=True)
        for stix_id in (items.SECRET["id"], items.BOBS[2]["id"], items.LAYERED["id"], UNKNOWN):
            yield Ask(f"{path}objects/{stix_id}/?match[version]=all")
            yield Ask(f"{path}objects/{stix_id}/versions/")


def _change_taxii() -> Iterator[Ask]:
    for path in list(_list_taxii())[:4]:
        for obj in (items.BOBS[2], items.SECRET):
            content = json.dumps({"objects": [obj]}).encode()
            yield Ask(f"{path}objects/", "POST", content=content)
            yield Ask(f"{path}objects/")
            yield Ask(f"{path}objects/{obj['id']}/", "DELETE")
        yield Ask(f"{path}manifest/")


def _read_objects(step: int) -> Iterator[Ask]:
    for stix_id in (*STIX_IDS[::step], UNKNOWN):
        path = f"/objects/{stix_id}"
        yield _api(path)
        yield _api(f"{path}/versions")
        yield _api(f"{path}/access")
        yield _api(f"{path}/neighbours?limit=3", is_followed=True)
    for stix_id in (*(obj["id"] for obj in _TELLING[::step]), UNKNOWN):
        path = f"/objects/{stix_id}"
        yield _api(f"{path}/raw")
        yield _api(f"{path}/raw?version=«version:Bank:{stix_id}»")
        yield _api(f"{path}/raw?version={_ABSENT}")
        yield _api(f"{path}/notes")
    yield _api(f"/objects/{items.WITH_PARTS['id']}/raw?version=«version:whole»")
    # By their number, too, versions of alice's that bob does not see, of ids that he does.
    for known in (
        items.BOBS[2]["id"],
        *(obj["id"] for key, obj in items.SAME_IDS.items() if "private" in key),
    ):
        yield _api(f"/objects/{known}/raw?version=«version:Agency:{known}»")
        yield _api(f"/objects/{known}/raw?version=«version:Bank:{known}»")
    for node in items.NODES.values():
        for asked in ("direction=in&limit=2", "direction=out&limit=2", "kind=bob-says", "kind=hidden-says"):
            yield _api(f"/objects/{node['id']}/neighbours?{asked}", is_followed=True)
        yield _api(f"/objects/{node['id']}/neighbours?kind=aardvark-of")
        yield _api(f"/objects/{node['id']}/notes?limit=1", is_followed=True)
    yield _api(f"/objects/{items.LAB['id']}/neighbours?direction=sideways")
    yield _api(f"/objects/{items.LAB['id']}/neighbours?after=nothing")
    yield _api("/objects/nothing")


def _read_lists() -> Iterator[Ask]:
    for asked in ("limit=25", "type=malware&limit=7", "type=indicator&type=report&limit=3", "type=nothing"):
        yield _api(f"/objects?{asked}", is_followed=True)
    yield _api("/objects?after=nothing")
    yield _api("/objects?limit=0")
    yield _api("/markings")
    yield _api("/sources")
    yield _api("/jobs?limit=2", is_followed=True)
    yield _api("/jobs?state=done")
    yield _api("/jobs?kind=nothing")
    for job in ("secret.json", "secret.csv", "bank.json", "bank.csv", "bank.txt"):
        for what in ("", "/errors?limit=1", "/errors/download", "/errors/download?format=csv"):
            yield _api(f"/jobs/«job:{job}»{what}", is_followed="limit" in what)
    yield _api(f"/jobs/{_ABSENT}")
    yield _api("/export")
    yield _api("/export?type=malware&type=relationship")
    for query in ("loader", "alice", "source:OSINT", "label:beacon", "(loader"):
        yield _api(_query("/export", q=query))
    yield _api("/version")
    yield _api("/nothing")


def _search(step: int) -> Iterator[Ask]:
    for query in _WORDS[::step]:
        yield _api(_query("/search", q=query, limit=20, facet=["type", "label"]))
    for query in ("", "loader", "alice OR bob")[::step]:
        for sort in ("relevance", "modified", "created", "name"):
            yield _api(_query("/search", q=query, sort=sort, limit=17), is_followed=True)
        yield _api(_query("/search", q=query, facet=list(FACETS), limit=1))
    for chosen in ("type:malware", "label:loader", "tlp:red", "tlp:amber", "label:wave-4", "nothing:x"):
        yield _api(_query("/search", q="", filter=chosen, facet=["source", "label", "tlp"], limit=5))
    for source in ("OSINT", "feed", "gone", "«source:carol:OSINT»", "«source:alice:OSINT»"):
        yield _api(f"/search?filter=source:{source}&facet=source&limit=5")
    yield _api(_query("/search", q="loader", reading="text", type="malware"))
    yield _api("/search?after=nothing")
    for form in ("", ".json", ".csv"):
        for query in ("", "loader", "hidden.example", "type:malware label:beacon", "alice"):
            yield Ask(_query(f"/search{form}", q=query))
    yield Ask("/search?view=statistics")
    yield Ask(_query("/search", q="loader", view="statistics"))
    yield Ask("/search?source=«source:alice:OSINT»")
    yield Ask("/search?source=«source:carol:OSINT»&tlp=red")


def _look_up(step: int) -> Iterator[Ask]:
    for value in _VALUES[::step]:
        yield _api(_query("/lookup", value=value))
    yield _api("/lookup", "POST", body={"values": list(_VALUES)})
    for prefix in _PREFIXES[::step]:
        yield _api(_query("/suggest", q=prefix))
    for prefix in ("lo", "ni", "hid"):
        yield Ask(_query("/suggest", q=prefix))
    yield Ask("/lookup")
    for form in ("", ".json", ".csv"):
        yield Ask(f"/lookup/«lookup:alice»{form}")
        yield Ask(f"/lookup/nothing{form}")


def _read_accounts() -> Iterator[Ask]:
    for path in ("/me", "/roles", "/organisations", "/groups", "/keys", "/keys?everyone=true", "/members"):
        yield _api(path)
    yield _api("/organisations?limit=1", is_followed=True)
    yield _api("/members?limit=1", is_followed=True)
    yield _api("/members?organisation_id=«organisation:Agency»")
    yield _api("/invitations")
    for asked in ("limit=5", "security=true", "name=source", "actor=alice", "q=loader", "object_kind=job"):
        yield _api(f"/audit?{asked}", is_followed="limit" in asked)
    yield _api(f"/audit?object_id={items.SECRET['id']}")
    for path in ("/account", "/account/security", "/account/sessions", "/account/keys", "/organisation"):
        yield Ask(path)
    for path in ("/roles", "/account/keys", "/organisation/members", "/organisation/invitations", "/audit"):
        yield from (Ask(f"{path}.{form}") for form in ("json", "csv"))
    yield from (Ask(f"/organisation/keys{form}") for form in ("", ".json", ".csv"))
    yield from (Ask(path) for path in ("/roles", "/audit", "/audit?q=alice", "/audit/1", "/audit/3"))
    yield Ask(f"/audit/{_ABSENT}")
    for member in ("«member:arthur»", "«member:carol»", str(_ABSENT)):
        yield Ask(f"/organisation/members/{member}")
    yield from (Ask(path) for path in ("/confirm", "/join/nothing", "/sign-in", "/sign-in/second-factor"))
    yield from (Ask(path) for path in ("/styleguide", "/healthz", "/readyz", "/nothing", "/api/nothing"))


def _read_pages(step: int) -> Iterator[Ask]:
    yield Ask("/")
    for path in ("/ingest", "/sources", "/sources.json", "/sources.csv", "/jobs", "/jobs.json", "/jobs.csv"):
        yield Ask(path)
    for job in ("secret.json", "bank.json", "bank.csv"):
        yield Ask(f"/jobs/«job:{job}»")
        yield from (Ask(f"/jobs/«job:{job}»/errors.{form}") for form in ("json", "csv"))
    for stix_id in (*(obj["id"] for obj in _TELLING[::step]), UNKNOWN):
        yield Ask(_page_of(stix_id))
        for tab in ("relations", "history"):
            yield Ask(f"{_page_of(stix_id)}/{tab}")
    tabbed = (items.WITH_PARTS, items.SECRET, *items.NODES.values(), items.LAYERED, items.BOBS[2])
    for obj in tabbed[:: min(step, 4)]:
        page = _page_of(obj["id"])
        yield from (Ask(f"{page}/{tab}") for tab in ("notes", "sources", "stix", "handling", "stix.json"))
        yield from (
            Ask(f"{page}/{tab}.{form}") for tab in ("relations", "history") for form in ("json", "csv")
        )
        whose = "Bank" if obj is items.LAYERED else "Agency"
        version = "whole" if obj is items.WITH_PARTS else f"{whose}:{obj['id']}"
        yield Ask(f"{page}/stix.json?version=«version:{version}»")
    for about in (items.SECRET["id"], items.BOBS[2]["id"], UNKNOWN):
        yield Ask(_query("/handling", picker="mark", tlp="green", share_with="everyone", about=about))
        yield Ask(_query("/handling", picker="note", share_with="org:Agency", about=about))


def _change_data() -> Iterator[Ask]:
    newer = {"modified": "2025-07-01T00:00:00.000Z"}
    telling = encode_bundle(
        items.SECRET,
        items.SECRETS[1] | {"name": "Bob's word for it"},
        items.SECRETS[2] | newer,
        items.SECRETS[3] | {"modified": "2020-01-01T00:00:00.000Z", "created": "2020-01-01T00:00:00.000Z"},
        # A guess at what alice shares in part: right to the letter, and wrong.
        items.WITH_PARTS,
        items.WITH_PARTS | {"description": "a wrong guess"},
        items.WITHOUT_PARTS,
        items.BOB_RED,
        items.BOBS[2] | newer,
        items.TO_INNER,
        items.FOR_CLOSED,
        items.GONE[1],
        items.NODES["absent"],
        items.LAYERED | {"object_marking_refs": [items.RED], "modified": "2025-06-01T00:00:00.000Z"},
        *list(items.SAME_IDS.values())[::3],
        {"type": "malware", "id": "malware--broken"},
    )
    for name, source in (("guess.json", "feed"), ("guess-again.json", "feed"), ("other.json", "OSINT")):
        yield _api(
            _query("/ingest", filename=name, source=source),
            "POST",
            content=telling,
            headers={"Content-Type": "application/octet-stream"},
        )
    yield _api(_query("/ingest", filename="x.json", share_with="group:Inner"), "POST", content=b"{}")
    yield _api(_query("/ingest", filename="x.json", share_with="org:Third", tlp="red"), "POST", content=b"{}")
    yield _api(_query("/ingest", filename="x.json", markings=items.CLOSED["id"]), "POST", content=b"{}")
    yield _api(_query("/ingest", filename="x.csv", source="OSINT"), "POST", content=b"hidden.example\n")
    yield Ask("/ingest", "POST", form={"file": ("page.txt", b"hidden.example\n198.51.100.7\n")})
    yield Ask("/ingest", "POST", form=_NOTHING)
    for obj in (items.SECRET, items.NODES["visible"], items.BOBS[0], items.TO_INNER, items.BOB_RED):
        path = f"/objects/{obj['id']}"
        yield _api(f"{path}/notes", "POST", body={"content": "noted by bob", "share_with": ["org:Agency"]})
        yield Ask(f"{_page_of(obj['id'])}/notes/add", "POST", form={"content": "noted on a page"})
        for share in ("everyone", "org:Agency", "group:Inner", "group:Circle"):
            yield _api(f"{path}/handling", "PUT", body={"share_with": [share]})
        yield _api(f"{path}/handling", "PUT", body={"tlp": "green", "markings": [items.CLOSED["id"]]})
        yield Ask(f"{_page_of(obj['id'])}/handling", "POST", form={"share_with": "everyone", "tlp": "green"})
    for known in list(items.SAME_IDS.values())[::5]:
        yield _api(f"/objects/{known['id']}/handling", "PUT", body={"tlp": "clear"})
    yield Ask("/lookup", "POST", form={"values": "\n".join(_VALUES)})
    yield _api("/jobs/«job:secret.json»/cancel", "POST")
    yield _api("/jobs/«job:secret.json»/retry", "POST")
    yield _api("/jobs/«job:bank.json»/retry", "POST")
    yield Ask("/jobs/«job:secret.json»/cancel", "POST", form=_NOTHING)
    yield Ask("/jobs/«job:secret.json»/retry", "POST", form=_NOTHING)
    for source in ("alice:OSINT", "alice:gone", "carol:links"):
        yield _api(f"/sources/«source:{source}»", "DELETE")
        yield Ask(f"/sources/«source:{source}»/remove", "POST", form=_NOTHING)
    yield Ask("/sources/demo/remove", "POST", form=_NOTHING)


def _read_again() -> Iterator[Ask]:
    yield Ask("/")
    for path in (
        "/objects?limit=50",
        "/jobs?limit=50",
        "/search?limit=50&facet=source&facet=label&facet=tlp",
    ):
        yield _api(path, is_followed=True)
    for query in ("loader", "hidden.example", "type:note", "bob"):
        yield _api(_query("/search", q=query, facet=list(FACETS)))
    for path in ("/sources", "/markings", "/members", "/keys", "/invitations", "/me", "/export", "/groups"):
        yield _api(path)
    yield _api("/lookup", "POST", body={"values": list(_VALUES)})
    for obj in (items.SECRETS[0], items.SECRETS[1], *items.NODES.values(), items.BOBS[2], items.WITH_PARTS):
        yield _api(f"/objects/{obj['id']}")
        yield _api(f"/objects/{obj['id']}/versions")
        yield _api(f"/objects/{obj['id']}/access")
        yield _api(f"/objects/{obj['id']}/notes")
        yield _api(f"/objects/{obj['id']}/neighbours?limit=4", is_followed=True)
        yield Ask(f"{_page_of(obj['id'])}/history")
    yield Ask("/audit")
    yield _api("/audit?limit=50", is_followed=True)


def _change_accounts() -> Iterator[Ask]:
    for member in ("«member:arthur»", str(_ABSENT)):
        path = f"/members/{member}"
        yield _api(path, "PATCH", body={"role": "reader"})
        yield _api(path, "PATCH", body={"granted_markings": [items.CLOSED["id"]]})
        yield _api(f"{path}/disable", "POST")
        yield _api(f"{path}/enable", "POST")
        yield _api(f"{path}/sign-in-link", "POST")
        yield _api(f"{path}/reset-second-factor", "POST")
        yield _api(path, "DELETE")
        for act in ("disable", "enable", "remove", "link", "keys", "reset-second-factor"):
            yield Ask(f"/organisation{path}/{act}", "POST", form={"name": "x"})
        yield Ask(f"/organisation{path}", "POST", form={"role": "reader", "tlp_ceiling": "green"})
    yield _api("/members", "POST", body={"username": "guest", "role": "reader", "tlp_ceiling": "green"})
    yield _api("/members", "POST", body={"username": "carol", "role": "reader", "tlp_ceiling": "green"})
    for invitation in ("«invitation:alice»", str(_ABSENT), "«invitation:carol»"):
        yield _api(f"/invitations/{invitation}", "DELETE")
        yield Ask(f"/organisation/invitations/{invitation}/revoke", "POST", form=_NOTHING)
    yield _api("/invitations", "POST", body={"role": "reader", "tlp_ceiling": "green"})
    yield Ask("/organisation/invitations", "POST", form={"role": "reader", "tlp_ceiling": "green"})
    yield Ask("/organisation/programs", "POST", form={"username": "program", "tlp_ceiling": "green"})
    yield _api("/keys", "POST", body={"name": "bob's key"})
    yield Ask("/account/keys", "POST", form={"name": "bob's other key"})
    for key in ("«key:alice»", str(_ABSENT), "«key:carol»"):
        yield _api(f"/keys/{key}", "DELETE")
        yield Ask(f"/account/keys/{key}/revoke", "POST", form=_NOTHING)
        yield Ask(f"/organisation/keys/{key}/revoke", "POST", form=_NOTHING)
    yield Ask("/account/organisation", "POST", form={"organisation": "«organisation:Agency»"})
    yield Ask("/account/organisation", "POST", form={"organisation": str(_ABSENT)})
    yield Ask("/organisation/name", "POST", form={"name": "agency"})
    yield Ask("/organisation/second-factor", "POST", form={"role": ""})
    yield _api("/organisations/«organisation:Bank»", "PATCH", body={"name": "Third"})
    for path in ("password", "app", "app/remove", "codes", "passkeys/options"):
        yield Ask(f"/account/security/{path}")
    yield Ask(f"/account/security/passkeys/{_ABSENT}/remove", "POST", form=_NOTHING)
    yield Ask(f"/account/security/links/{_ABSENT}/remove", "POST", form=_NOTHING)
    yield Ask("/account/sessions/end-others", "POST", form=_NOTHING)
