"""A request to every REST operation that is answered with success to whoever has the permission."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator

from stack.accounts.models import Membership, User
from stack.accounts.queries import principal_of_user
from stack.accounts.roles import Permission
from stack.analysis.asking.operations import save_account
from stack.jobs.models import JobState
from tests.security.analyses import make_file_analysis, own_analysis
from tests.security.reviews import own_committed_review
from tests.security.world import World, make_job, make_key

_MARKING = "marking-definition--0f2f6a1b-8a4e-4a3b-9d9e-5c1f4d3e7c22"
Ids = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Sample:
    """`ids` replaces ids of the path that must be of the person who asks; `body` is sent as JSON."""

    status: int = 200
    query: str = ""
    ids: Callable[[World, User], Ids] = lambda world, person: {}
    body: Any = None
    content: bytes = b""


def _own_job(state: JobState) -> Callable[[World, User], Ids]:
    return lambda world, person: {"job_id": make_job(person, state)}


def _protected_member(world: World, person: User) -> Ids:
    member = Membership.objects.get(pk=world.ours.ids["member_id"])
    Authenticator.objects.get_or_create(user_id=member.user_id, type="totp", defaults={"data": {}})
    return {}


def _own_committed_review(world: World, person: User) -> Ids:
    # Who may not take documents in gets the refusal that is tested before any review is looked for.
    may = Permission.INGEST in principal_of_user(person).permissions
    return {"review_id": own_committed_review(person)} if may else {}


def _own_analysis(world: World, person: User) -> Ids:
    return own_analysis(make_file_analysis, person)


def _own_account(world: World, person: User) -> Ids:
    principal = principal_of_user(person)
    if Permission.ANALYZE in principal.permissions:
        save_account(principal, "virustotal", is_personal=True, is_enabled=False)
    return {}


_BUNDLE = b'{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[]}'

SAMPLES: dict[str, Sample] = {
    "list_objects": Sample(query="type=malware&limit=5"),
    "get_object": Sample(),
    "list_versions": Sample(),
    "list_neighbours": Sample(),
    "get_raw_text": Sample(),
    "get_object_access": Sample(),
    "set_object_handling": Sample(body={"tlp": "green", "share_with": ["everyone"]}),
    "list_notes": Sample(),
    "add_note": Sample(201, body={"content": "Seen before"}),
    "list_markings": Sample(),
    "look_up_one": Sample(query="value=evil.example"),
    "look_up_many": Sample(body={"values": ["evil.example"]}),
    "list_suggestions": Sample(query="q=lark"),
    "search": Sample(query="q=lark"),
    "ingest_file": Sample(202, query="filename=b.json&source=Partner", content=_BUNDLE),
    "list_jobs": Sample(),
    "get_job": Sample(),
    "list_job_errors": Sample(),
    "download_job_errors": Sample(query="format=csv"),
    "cancel_job": Sample(ids=_own_job(JobState.QUEUED)),
    "retry_job": Sample(ids=_own_job(JobState.FAILED)),
    "list_sources": Sample(),
    "remove_source": Sample(202),
    "export": Sample(query="type=malware"),
    "report_losses": Sample(query="type=malware&format=csv"),
    "list_formats": Sample(),
    "list_outputs": Sample(),
    "create_output": Sample(201, body={"title": "Hosts", "format": "hosts", "query": "*"}),
    "get_output": Sample(),
    "change_output": Sample(body={"min_confidence": 50}),
    "delete_output": Sample(204),
    "create_output_key": Sample(201, body={"name": "Firewall"}),
    "get_version": Sample(),
    "list_audit_entries": Sample(query="name=key&security=false"),
    "get_me": Sample(),
    "list_roles": Sample(),
    "list_keys": Sample(),
    "create_key": Sample(201, body={"name": "SIEM"}),
    "revoke_key": Sample(204, ids=lambda world, person: {"key_id": make_key(person)[0]}),
    "list_organisations": Sample(),
    "create_organisation": Sample(201, body={"name": "Robin"}),
    "change_organisation": Sample(body={"require_mfa_from": None}),
    "list_members": Sample(),
    "create_member": Sample(201, body={"username": "new", "role": "reader", "tlp_ceiling": "green"}),
    "change_member": Sample(body={"role": "analyst"}),
    "remove_member": Sample(204),
    "disable_member": Sample(),
    "enable_member": Sample(),
    "create_sign_in_link": Sample(201),
    "reset_second_factor": Sample(ids=_protected_member),
    "list_invitations": Sample(),
    "create_invitation": Sample(201, body={"role": "reader", "tlp_ceiling": "green"}),
    "revoke_invitation": Sample(204),
    "list_groups": Sample(),
    "create_group": Sample(201, body={"name": "Bankers"}),
    "change_group": Sample(body={"name": "Bankers"}),
    "delete_group": Sample(204),
    "list_restricted_markings": Sample(),
    "restrict_marking": Sample(201, body={"marking_id": _MARKING, "name": "Closed"}),
    "unrestrict_marking": Sample(204),
    "list_providers": Sample(),
    "save_account": Sample(body={"provider": "virustotal", "is_personal": True, "is_enabled": False}),
    "delete_account": Sample(204, query="provider=virustotal&is_personal=true", ids=_own_account),
    # It lacks its credential, so nothing is sent.
    "check_account": Sample(422, body={"provider": "virustotal", "is_personal": True}, ids=_own_account),
    "list_feed_vendors": Sample(),
    "list_feeds": Sample(),
    "add_feed": Sample(201, body={"vendor": "tor-exits"}),
    # Nothing may be sent to this machine, and nothing is.
    "preview_feed": Sample(422, body={"vendor": "tor-exits", "options": {"url": "http://127.0.0.1:9/"}}),
    "check_feed": Sample(body={"vendor": "tor-exits", "options": {"url": "http://127.0.0.1:9/"}}),
    "get_feed": Sample(),
    "change_feed": Sample(body={"every_s": 7200}),
    "remove_feed": Sample(204),
    "get_feed_health": Sample(),
    "run_feed": Sample(202, body={}),
    "list_peers": Sample(),
    "add_peer": Sample(201, body={"name": "Robin", "url": "https://taxii.example/root/"}),
    "get_peer": Sample(),
    "change_peer": Sample(body={"is_enabled": False}),
    "remove_peer": Sample(204),
    "sync_peer": Sample(202),
    "add_link": Sample(201, body={"collection": "another"}),
    "change_link": Sample(body={"every_s": 600}),
    "remove_link": Sample(204),
    "list_reviews": Sample(),
    "add_review": Sample(202, query="filename=report.txt", content=b"evil[.]example"),
    "get_review": Sample(),
    "change_review": Sample(body={"revision": 1, "title": "A report"}),
    "get_review_part": Sample(),
    "list_review_finds": Sample(),
    "add_review_find": Sample(201, body={"revision": 1, "part": 1, "start": 0, "end": 8}),
    "decide_review_finds": Sample(
        body={"revision": 1, "decisions": [{"find_ids": [1001], "decision": "accepted"}]}
    ),
    "decide_all_review_finds": Sample(body={"revision": 1, "decision": "accepted"}),
    "suggest_review_subjects": Sample(),
    "commit_review": Sample(body={"revision": 1}),
    "reopen_review": Sample(body={"revision": 1}, ids=_own_committed_review),
    "discard_review": Sample(body={"revision": 1}),
    "download_review_document": Sample(),
    "list_analyses": Sample(query="verdict=malicious&text=x"),
    "start_analysis": Sample(202, body={"values": ["evil.example", "198.51.100.7"], "may_ask": False}),
    "analyze_file": Sample(202, query="filename=a.exe&may_ask=false", content=b"MZ"),
    "preview_analysis": Sample(body={"value": "evil.example"}),
    "get_analysis": Sample(query="raw=true"),
    "delete_analysis": Sample(204, ids=_own_analysis),
    "ask_again": Sample(202, body={"plugin": "store"}),
    "download_sample": Sample(),
    "get_analysis_stix": Sample(),
    "list_analysis_rules": Sample(),
    "create_analysis_rule": Sample(201, body={"name": "URLs", "kinds": ["url"]}),
    "get_analysis_rule": Sample(),
    "change_analysis_rule": Sample(body={"per_day": 10}),
    "delete_analysis_rule": Sample(204),
    "list_collections": Sample(),
    "create_collection": Sample(201, body={"title": "Botnets", "query": "label:botnet"}),
    "get_collection": Sample(),
    "change_collection": Sample(body={"title": "Botnets"}),
    "delete_collection": Sample(204),
    "list_collection_objects": Sample(),
    "pick_collection_objects": Sample(body={"stix_ids": []}),
    "withdraw_collection_object": Sample(204),
    "list_api_roots": Sample(),
    "create_api_root": Sample(201, body={"slug": "partners", "title": "Partners"}),
    "delete_api_root": Sample(204),
}
