"""Writes of rules."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from stack.accounts.names import bad_field, read_name
from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.analysis.clearance import ensure_clearance
from stack.analysis.models import AnalysisRule
from stack.analysis.registry import list_analyzers, list_provider_plugins
from stack.analysis.rules.queries import describe_rule
from stack.analysis.rules.records import RuleRow
from stack.analysis.subjects import FILES, SUBJECT_KINDS
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import Conflict, NotFound
from stack.search.query_language import parse_query
from stack.store.queries import last_change

KINDS = sorted(SUBJECT_KINDS - FILES)
_MOST_PER_DAY = 100_000
_LONGEST_QUERY = 2_000


def create_rule(
    principal: Principal,
    *,
    name: str,
    kinds: Sequence[str],
    query: str = "",
    plugins: Sequence[str] | None = None,
    may_ask: bool = False,
    per_day: int = 1000,
) -> RuleRow:
    """A rule for what comes in from now on. It sees what its maker sees; with `may_ask` it asks services."""
    principal.require(Permission.ANALYZE)
    principal.require(Permission.MANAGE_SOURCES)
    row = AnalysisRule(
        organisation_id=principal.organisation_id,
        user_id=principal.user_id,
        name=read_name(name),
        cursor=last_change(),
        created_at=now_us(),
    )
    _fill(row, kinds=kinds, query=query, plugins=plugins, may_ask=may_ask, per_day=per_day)
    with writing():
        row.clearance = ensure_clearance(principal)
        _save(row)
        _record("analysis-rule.create", principal, row)
    return describe_rule(row)


def change_rule(
    principal: Principal,
    rule_id: int,
    *,
    kinds: Sequence[str] | None = None,
    query: str | None = None,
    plugins: Sequence[str] | None = None,
    may_ask: bool | None = None,
    per_day: int | None = None,
    is_enabled: bool | None = None,
) -> RuleRow:
    """Changes what is not None; the rule then works for whoever changed it."""
    principal.require(Permission.ANALYZE)
    principal.require(Permission.MANAGE_SOURCES)
    with writing():
        row = _lock(principal, rule_id)
        _fill(
            row,
            kinds=row.kinds if kinds is None else kinds,
            query=row.query if query is None else query,
            plugins=row.plugins if plugins is None else plugins,
            may_ask=row.may_ask if may_ask is None else may_ask,
            per_day=row.per_day if per_day is None else per_day,
        )
        if is_enabled is not None:
            if is_enabled and not row.is_enabled:
                row.cursor = last_change()
            row.is_enabled = is_enabled
        row.user_id, row.clearance, row.trouble = principal.user_id, ensure_clearance(principal), ""
        _save(row)
        _record("analysis-rule.change", principal, row)
    return describe_rule(row)


def delete_rule(principal: Principal, rule_id: int) -> None:
    principal.require(Permission.MANAGE_SOURCES)
    with writing():
        row = _lock(principal, rule_id)
        _record("analysis-rule.delete", principal, row)
        row.delete()


def _fill(
    row: AnalysisRule,
    *,
    kinds: Sequence[str],
    query: str,
    plugins: Sequence[str] | None,
    may_ask: bool,
    per_day: int,
) -> None:
    if not kinds or not set(kinds) <= set(KINDS):
        raise bad_field("kinds", f"expected some of {', '.join(KINDS)}")
    if not 0 < per_day <= _MOST_PER_DAY:
        raise bad_field("per_day", f"expected 1 to {_MOST_PER_DAY:,}")
    if len(query) > _LONGEST_QUERY:
        raise bad_field("query", f"expected at most {_LONGEST_QUERY:,} characters")
    if query.strip():
        parse_query(query)
    known = list_analyzers().keys() | list_provider_plugins().keys()
    if plugins is not None and not {name.partition(":")[0] for name in plugins} <= known:
        raise bad_field("plugins", f"expected some of {', '.join(sorted(known))}")
    row.kinds, row.query = sorted(set(kinds)), query.strip()
    row.plugins = None if plugins is None else sorted(set(plugins))
    row.may_ask, row.per_day = may_ask, per_day


def _save(row: AnalysisRule) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict(f"There is a rule called {row.name} already", remedy="Choose another name.") from None


def _lock(principal: Principal, rule_id: int) -> AnalysisRule:
    rows = AnalysisRule.objects.select_for_update(of=("self",))
    row = rows.filter(pk=rule_id, organisation_id=principal.organisation_id).first()
    if row is None:
        raise NotFound(f"There is no rule {rule_id}")
    return row


def _record(name: str, principal: Principal, row: AnalysisRule) -> None:
    told = ("name", "kinds", "query", "may_ask", "per_day", "is_enabled")
    after = {name: getattr(row, name) for name in told}
    record_act(Act(name, principal, object_kind="analysis-rule", object_id=str(row.pk), after=after))
