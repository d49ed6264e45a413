"""What the letters of a name say by themselves.

Weights are logarithms of how much more often something was seen with names that published reports call
malicious than with names of Chrome's list of visited sites (`benchmarks.analysis.names` measures
both), made smaller where few were seen: the figures are in docs/analysis.md.
"""

import math
from typing import Final

from stack.analysis.answers import MODEST, SLIGHT, Pivot
from stack.analysis.names.algorithmic import load_model, score_label
from stack.analysis.names.findings import Findings
from stack.analysis.names.lookalikes import Lookalike, Trick, find_lookalikes
from stack.analysis.names.parts import NameParts, decode_label
from stack.analysis.names.shapes import find_scripts, find_strange, write_latin
from stack.stix.observables.kinds import Kind

_TRICK_WEIGHTS: Final = {
    Trick.EMBEDDED: 3.0,
    Trick.FOREIGN_LETTERS: 3.0,
    Trick.SIMILAR_LETTERS: 2.5,
    Trick.LURE: 2.5,
    Trick.TYPO: 1.8,
    Trick.SUBDOMAIN_LURE: 2.0,
    Trick.COMBINATION: MODEST,
    Trick.SUBDOMAIN: 0.8,
    Trick.OTHER_SUFFIX: SLIGHT,
    Trick.CONTAINED: MODEST,
}
_BELOW: Final = frozenset((Trick.EMBEDDED, Trick.SUBDOMAIN, Trick.SUBDOMAIN_LURE))
# Such names are 1.8 % of the reported and 0.4 % of the visited ones: more than four times as many.
_ALGORITHMIC: Final = 1.5
_CHEAP: Final = dict.fromkeys(("cf", "ga", "gq", "ml", "pw", "tk"), MODEST) | dict.fromkeys(
    ("biz", "icu", "info", "top", "xyz"), SLIGHT
)
_RESERVED: Final = frozenset(
    ("example", "home", "internal", "invalid", "lan", "local", "localhost", "test", "corp")
)
_DEEP: Final = 6
_LONG: Final = 30


def judge_letters(
    parts: NameParts,
    findings: Findings,
    *,
    watched: tuple[str, ...],
    is_popular: bool,
    is_shared: bool,
    is_rented: bool,
) -> None:
    """`is_popular`: the registered name is a known site's, so that what it looks like is told, not weighed.

    `is_shared`: what stands below it is somebody else's all the same.
    `is_rented`: the label was given by a service that makes labels up itself (a cloud, a content network).
    """
    factor = 0.0 if is_popular else 1.0
    for found in find_lookalikes(parts, watched=watched)[:3]:
        is_weighed = not is_popular or (is_shared and found.trick in _BELOW)
        _note_lookalike(parts, found, findings, factor=1.0 if is_weighed else 0.0)
    _note_letters(parts, findings, factor=factor)
    if not is_rented:
        _note_algorithmic(parts, findings, factor=factor)
    _note_form(parts, findings, factor=factor)


def _note_lookalike(parts: NameParts, found: Lookalike, findings: Findings, *, factor: float) -> None:
    brand = found.brand
    whose = f"{brand.title}, which your organisation watches" if brand.is_watched else brand.title
    weight = _TRICK_WEIGHTS[found.trick]
    if brand.is_watched:
        # Who watches a name has few others of it: whoever else has one means theirs.
        weight = max(weight, MODEST)
    findings.note(
        f"lookalike.{found.trick}",
        f"The name {parts.unicode} may be taken for {whose}: {found.detail}.",
        weight=weight * factor,
        group="lookalike",
        pivots=(Pivot(Kind.DOMAIN, brand.home, "imitates"),),
        is_private=brand.is_watched,
    )


def _note_letters(parts: NameParts, findings: Findings, *, factor: float) -> None:
    for label in parts.labels[:10]:
        shown = decode_label(label)
        if shown == label:
            continue
        scripts = find_scripts(shown)
        names = ", ".join(name.title() for name in scripts.names)
        findings.fact("Scripts", f"{shown}: {names}", section="Name")
        if scripts.is_mixed:
            findings.note(
                "mixed-scripts",
                f"“{shown}” mixes letters of {names}, which no language writes together.",
                weight=(1.5 if scripts.level == "minimally" else SLIGHT) * factor,
                group="letters",
            )
        elif scripts.names != ("LATIN",) and write_latin(shown).isascii():
            strange = "; ".join(find_strange(shown)[:6])
            findings.note(
                "all-confusable",
                f"Each letter of “{shown}” looks like a Latin one: {strange}.",
                weight=0.8 * factor,
                group="letters",
            )


def _note_algorithmic(parts: NameParts, findings: Findings, *, factor: float) -> None:
    score = score_label(parts.label)
    if score is None:
        return
    if not score.is_algorithmic:
        findings.fact("Score of a made-up name", f"{score.log_odds:+.1f} (log-odds)", section="Name")
        return
    usual = max(1, round(1 / load_model().usual_rare))
    times = f"{round(math.exp(score.log_odds)):,}" if score.log_odds < 7 else "more than 1,000"
    findings.note(
        "algorithmic-name",
        f"A program may have made up “{parts.label}”: {score.rare} of its {score.triples} letter triples are"
        f" rare in the names of known sites, where one of {usual} is. Generators make such a label {times}"
        " times as often as people do.",
        weight=_ALGORITHMIC * factor,
    )


def _note_form(parts: NameParts, findings: Findings, *, factor: float) -> None:
    top = parts.suffix.rpartition(".")[2]
    if top in _CHEAP:
        findings.note(
            "cheap-suffix",
            f"Names below .{top} cost little or nothing, and are used for harm more often than others.",
            weight=_CHEAP[top] * factor,
        )
    if top == "onion":
        findings.note(
            "onion", "The name is that of an onion service: only the Tor network reaches it.", weight=SLIGHT
        )
    if top in _RESERVED:
        findings.note("reserved", f"Names below .{top} are reserved: none of them is in the public DNS.")
    elif not parts.is_suffix_known and top != "onion":
        findings.note(
            "unknown-suffix", f"No public suffix .{top} is known: the name is not in the public DNS."
        )
    if len(parts.labels) >= _DEEP and not parts.is_suffix_private:
        findings.note(
            "deep",
            f"The name has {len(parts.labels)} labels: long names hide their end on small screens.",
            group="form",
        )
    hyphens = parts.label.count("-") - 2 * parts.label.startswith("xn--")
    shown = parts.label_unicode
    if len(shown) >= _LONG or hyphens >= 3:
        findings.note(
            "long-label",
            f"The label “{shown}” has {len(shown)} characters and {max(hyphens, 0)} hyphens.",
            weight=0.4 * factor,
            group="form",
        )
