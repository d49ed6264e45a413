"""The components as template tags: each renders one partial of `templates/components/`."""

from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stack.accounts.roles import Role
from stack.core.clock import now_us
from stack.stix.observables.kinds import KIND_TITLES, Kind
from stack.stix.observables.refang import defang as defang_value
from stack.stix.timestamps import format_instant
from stack.web import formats
from stack.web.kinds import describe_type
from stack.web.roles_shown import describe_role

register = template.Library()

_VERDICTS = {
    "malicious": "octagon-alert",
    "suspicious": "triangle-alert",
    "benign": "shield-check",
    "unknown": "circle-question-mark",
}
_TLP_NAMES = {"clear", "green", "amber", "amber+strict", "red"}
# A score of 0 to 100, by the lowest number of each level.
_SCORE_LEVELS = ((80, "critical"), (60, "high"), (40, "medium"), (1, "low"), (0, "none"))
_NOTICE_ICONS = {"info": "info", "good": "circle-check", "warn": "triangle-alert", "bad": "octagon-x"}

register.filter("digits", formats.group_digits)
register.filter("duration", formats.describe_duration)
register.filter("size", formats.describe_size)
register.filter("utc", formats.instant_utc)
register.filter("iso", format_instant)


@register.filter
def things(number: int, words: str) -> str:
    """`{{ 3|things:"entry,entries" }}` -> `3 entries`."""
    return formats.count_things(number, *words.split(","))


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without a label a word beside it says the same, and screen readers skip it."""
    href = f"{static('stack/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
@lru_cache(maxsize=64)
def tlp(level: str, others: int = 0) -> SafeString:
    """The badge of a TLP 2.0 level, and how many `others` mark the object; nothing where nothing does."""
    known = level if level in _TLP_NAMES else ""
    if not known and not others:
        return SafeString("")
    return render_to_string(
        "components/tlp.html", {"level": known.upper(), "css": known.replace("+", "-"), "others": others}
    )


@register.inclusion_tag("components/verdict.html")
def verdict(name: str, sources: int | None = None, against: int = 0) -> dict[str, Any]:
    """An icon, a word and a colour; `sources` say so and `against` disagree."""
    known = name if name in _VERDICTS else "unknown"
    return {"name": known, "icon": _VERDICTS[known], "sources": sources, "against": against}


@register.inclusion_tag("components/score.html")
def score(number: int | None, key: str = "", reasons: Any = ()) -> dict[str, Any]:
    """A score of 0 to 100 that opens its reasons: (points, text) pairs; `key` is unique on the page."""
    level = next(name for low, name in _SCORE_LEVELS if (number or 0) >= low)
    return {"number": number, "level": level, "width": (number or 0) * 0.4, "key": key, "reasons": reasons}


@register.inclusion_tag("components/observable.html")
def observable(value: str, kind: str, url: str = "", copies: str = "menu") -> dict[str, Any]:
    """A value, defanged, with its copies: `menu`, `buttons` (all) or `none`. `url` is a page of Stack."""
    known = Kind(kind) if kind in set(Kind) else Kind.TEXT
    return {
        "value": value,
        "defanged": defang_value(value, known),
        "kind": known.value,
        "title": KIND_TITLES[known],
        "url": url,
        "copies": copies,
    }


@register.inclusion_tag("components/instant.html")
def instant(at: int | None, words: str = "") -> dict[str, Any]:
    """A moment, relative to now; the exact one shows on focus. `words` replaces the relative text."""
    if at is None:
        return {"at": None}
    return {"at": at, "text": words or formats.describe_age(at, now=now_us()), "live": not words}


@register.simple_tag
@lru_cache(maxsize=256)
def object_type(stix_type: str) -> SafeString:
    """The icon and the word of a type. Every row of a list has one, and there are few types."""
    label = describe_type(stix_type)
    return render_to_string("components/type.html", {"name": label.one, "icon": label.icon})


@register.inclusion_tag("components/share.html")
def share(part: int, whole: int) -> dict[str, Any]:
    """A thin bar: how much of the whole a part is. The number stands beside it, so it is only decoration."""
    return {"width": round(100 * part / whole, 1) if whole else 0}


@register.filter
def defang(value: str, kind: str = "text") -> str:
    return defang_value(value, Kind(kind) if kind in set(Kind) else Kind.TEXT)


@register.filter
def role_title(role: str) -> str:
    """`organisation-admin` -> `Organisation admin`."""
    return describe_role(Role(role)).title


@register.filter
def notice_icon(tone: str) -> str:
    """The icon of a notice or toast: `info`, `good`, `warn`, `bad`."""
    return _NOTICE_ICONS.get(tone, "info")
