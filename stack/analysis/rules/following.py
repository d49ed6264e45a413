"""Follows the change log for each rule, and starts analyses of what is new.

Each rule has a cursor of its own. What was analysed in the last day is left alone, as is what analyses state
themselves: nothing feeds on its own answers. Beyond what a rule may start in a day it only counts.
"""

import logging
import threading
from collections.abc import Sequence

import orjson
from django.db import close_old_connections

from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.accounts.transactions import writing
from stack.analysis.clearance import restrict
from stack.analysis.describing import ANALYSES
from stack.analysis.models import Analysis, AnalysisRule
from stack.analysis.operations import Wish, start_subject
from stack.analysis.reading import digest_subject, read_found
from stack.analysis.rules.queries import DAY_US
from stack.analysis.subjects import Subject
from stack.core.clock import now_us
from stack.core.errors import BadInput, NotAllowed, Unavailable
from stack.search.membership import indexed_up_to
from stack.search.queries import search_objects
from stack.stix.observables.keys import Role, derive_keys
from stack.store.queries import hydrate, iterate_texts, last_change, read_changes
from stack.store.queries.stated import find_object_sources

_log = logging.getLogger(__name__)
_BATCH = 500
_POLL_S = 1.0


def follow_changes(stop: threading.Event) -> None:
    """Until `stop` is set."""
    while not stop.wait(_POLL_S):
        try:
            take_changes(stop)
        except Unavailable as trouble:
            _log.warning("rules of analysis wait: %s", trouble.detail)
        close_old_connections()


def take_changes(stop: threading.Event | None = None) -> int:
    """Brings every rule as far as the change log has come; how many analyses it started."""
    end, started = last_change(), 0
    for rule_id in AnalysisRule.objects.filter(is_enabled=True, cursor__lt=end).values_list("pk", flat=True):
        while not (stop and stop.is_set()):
            taken = _advance(rule_id, end)
            if taken is None:
                break
            started += taken
    return started


def _advance(rule_id: int, end: int) -> int | None:
    """Takes in one batch of changes; None when there is none for now."""
    rule = (
        AnalysisRule.objects.select_related("user", "clearance").filter(pk=rule_id, is_enabled=True).first()
    )
    if rule is None:
        return None
    reach = min(end, indexed_up_to()) if rule.query else end
    changes = [change for change in read_changes(rule.cursor, _BATCH) if change.sequence <= reach]
    if not changes:
        return None
    object_ids = list(dict.fromkeys(change.object_id for change in changes))
    trouble, subjects, principal = "", [], None
    try:
        principal = _principal_of(rule)
        subjects = _find_subjects(principal, rule, object_ids)
    except (BadInput, NotAllowed) as error:
        trouble = error.detail[:300]
    with writing():
        locked = AnalysisRule.objects.select_for_update(of=("self",)).filter(pk=rule_id).first()
        if locked is None or locked.cursor != rule.cursor:
            return 0  # another process was faster
        locked.cursor, locked.trouble = changes[-1].sequence, trouble
        started = _start_all(principal, locked, subjects) if principal else 0
        locked.save(update_fields=["cursor", "trouble", "day", "started", "skipped"])
    return started


def _start_all(principal: Principal, rule: AnalysisRule, subjects: Sequence[Subject]) -> int:
    today = now_us() // DAY_US
    if rule.day != today:
        rule.day, rule.started, rule.skipped = today, 0, 0
    room = max(0, rule.per_day - rule.started)
    wish = Wish(plugins=rule.plugins, may_ask=rule.may_ask, trigger="rule", rule_id=rule.pk)
    for subject in subjects[:room]:
        start_subject(principal, subject, wish=wish)
    taken = min(room, len(subjects))
    rule.started += taken
    rule.skipped += len(subjects) - taken
    return taken


def _find_subjects(principal: Principal, rule: AnalysisRule, object_ids: Sequence[int]) -> list[Subject]:
    """What the rule wants of these objects, each once, without what was analysed in the last day."""
    sources = find_object_sources(principal, object_ids)
    wanted = [row_id for row_id, stated in sources.items() if any(kind != ANALYSES for _, kind, _ in stated)]
    if rule.query and wanted:
        wanted = _filter_found(principal, rule.query, wanted)
    values: dict[tuple[str, str], None] = {}
    for text in iterate_texts(principal, object_ids=wanted):
        for key in derive_keys(orjson.loads(text)):
            if key.role in (Role.IS, Role.PATTERN) and key.kind.value in rule.kinds:
                values[(key.kind.value, key.text)] = None
    subjects = {digest_subject(each.kind, each.value): each for each in read_found(principal, values)}
    recently = Analysis.objects.filter(
        organisation_id=rule.organisation_id, digest__in=list(subjects), created_at__gt=now_us() - DAY_US
    )
    lately = set(recently.values_list("digest", flat=True))
    return [subject for digest, subject in subjects.items() if digest not in lately]


def _filter_found(principal: Principal, query: str, object_ids: Sequence[int]) -> list[int]:
    """Those that the query finds, asked by their ids."""
    rows = hydrate(principal, object_ids)
    ids = " OR ".join(f"id:{row.stix_id}" for row in rows.values())
    if not ids:
        return []
    page = search_objects(
        principal,
        query=f"({query}) AND ({ids})",
        limit=len(rows),
        with_snippets=False,
        must_be_whole=True,
    )
    found = {hit.row.id for hit in page.hits}
    return [row_id for row_id in object_ids if row_id in found]


def _principal_of(rule: AnalysisRule) -> Principal:
    """Whoever the rule works for, with the rights that they have now, and in the rule's organisation."""
    if rule.user is None or not rule.user.is_active:
        raise NotAllowed("Whoever made this rule may no longer sign in: change it, so that it works for you")
    principal = principal_of_user(rule.user)
    if principal.organisation_id != rule.organisation_id:
        raise NotAllowed("Whoever made this rule is in another organisation now: change it to work for you")
    return restrict(principal, rule.clearance)
