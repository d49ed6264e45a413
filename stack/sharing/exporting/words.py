"""What an export left out and lost, as the members of a JSON document (docs/api.md)."""

from collections.abc import Iterable
from typing import Any

from stack.sharing.exporting.losses import Loss
from stack.sharing.exporting.records import Report


def describe_report(report: Report) -> dict[str, Any]:
    return {
        "format": report.format,
        "items": report.items,
        "entries": report.entries,
        "left_out": describe_left_out(report.left_out),
        "losses": describe_losses(report.losses),
        "cursor": report.cursor,
    }


def describe_left_out(left_out: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"why": why, "count": count} for why, count in left_out]


def describe_losses(losses: Iterable[Loss]) -> list[dict[str, Any]]:
    return [
        {"type": loss.stix_type, "property": loss.property, "why": loss.why, "count": loss.count}
        for loss in losses
    ]
