"""Invented parts of an analysis, for the style guide: verdicts, evidence for and against, a map."""

from typing import Any, Final

_HOUR: Final = 3_600_000_000


def describe_samples(now: int) -> dict[str, Any]:
    """Contexts of the parts, as `analysis_parts` makes them."""
    return {
        "analysis_verdicts": [_verdict("malicious", 97, 81), _verdict("unknown", 10, 0, is_finished=False)],
        "analysis_evidence": _evidence(now),
        "map_points": (
            {"x": 380.0, "y": 66.0, "title": "Germany, AS64500"},
            {"x": 205.0, "y": 90.0, "title": "United States, Ashburn"},
        ),
    }


def _verdict(word: str, score: int, confidence: int, *, is_finished: bool = True) -> dict[str, Any]:
    weight = 5.7 if confidence else 0.0
    return {
        "row": {"word": {"value": word}, "score": score if is_finished else None, "summary": "x"},
        "verdict": {"word": {"value": word}, "score": score, "for_weight": weight, "against_weight": 0.7},
        "confidence": confidence,
        "summary": "Three sources name it as a command server of Cold Wicket.",
        "state": "done" if is_finished else "running",
        "tone": "good" if is_finished else "accent",
        "icon": "circle-check" if is_finished else "refresh-cw",
        "is_finished": is_finished,
        "progress": "3 of 7 have answered",
        "percent": 42,
        "disagreement": [
            {"word": "malicious", "titles": ["Northern CERT", "A list"]},
            {"word": "benign", "titles": ["Another list"]},
        ]
        if is_finished
        else None,
    }


def _evidence(now: int) -> dict[str, Any]:
    rows = (
        ("12 of 72 engines call it malicious.", "+2.86", "+2.90", 57.2, "2 days old", "A service", False),
        ("Two sources of reliability B have an indicator on it.", "+2.00", "", 40.0, "", "Stack", True),
        ("None of 14 scans found anything malicious.", "−0.70", "", -14.0, "", "Another service", False),
    )
    return {
        "counted": [
            {
                "statement": statement,
                "counted": counted,
                "weight": weight,
                "x": 100 if width > 0 else 100 + width,
                "width": abs(width),
                "is_for": width > 0,
                "why": why,
                "weighed": {"source": source},
                "seen_at": now - 48 * _HOUR if why else None,
                "is_private": is_private,
            }
            for statement, counted, weight, width, why, source, is_private in rows
        ],
        "told": [{"statement": "It was scanned 14 times.", "weighed": {"source": "Another service"}}],
        "balance": "+4.86 for malicious, −0.70 against, in log-odds",
        "is_finished": True,
        "more": 0,
    }
