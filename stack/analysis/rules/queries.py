"""Reads of rules: those of the own organisation."""

from stack.accounts.principal import Permission, Principal
from stack.analysis.models import AnalysisRule
from stack.analysis.rules.records import RuleRow
from stack.core.clock import now_us

DAY_US = 86_400_000_000


def list_rules(principal: Principal) -> list[RuleRow]:
    principal.require(Permission.READ)
    rows = AnalysisRule.objects.filter(organisation_id=principal.organisation_id).select_related("user")
    return [describe_rule(row) for row in rows.order_by("name")]


def get_rule(principal: Principal, rule_id: int) -> RuleRow | None:
    return next((row for row in list_rules(principal) if row.id == rule_id), None)


def describe_rule(row: AnalysisRule) -> RuleRow:
    is_today = row.day == now_us() // DAY_US
    return RuleRow(
        id=row.pk,
        name=row.name,
        kinds=tuple(row.kinds),
        query=row.query,
        plugins=None if row.plugins is None else tuple(row.plugins),
        may_ask=row.may_ask,
        per_day=row.per_day,
        is_enabled=row.is_enabled,
        by=row.user.username if row.user else "",
        started=row.started if is_today else 0,
        skipped=row.skipped if is_today else 0,
        trouble=row.trouble,
        created_at=row.created_at,
    )
