"""What the room gives out: rows for lists, and an analysis in all its parts. Times are microseconds, UTC."""

from collections.abc import Iterator
from dataclasses import dataclass

from stack.analysis.answers import Answer, Moment, Place, Word
from stack.analysis.asking.records import PlannedAsk
from stack.analysis.models import AnalysisState, AnswerState
from stack.analysis.subjects import Subject
from stack.analysis.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class AnalysisRow:
    """An analysis in a list.

    `score` is None and `word` unknown until something was answered; `plugins` were to be asked, and
    `answered` of them have ended. `trigger` is person, rule or api; `by` is who caused it.
    """

    uid: str
    kind: str
    value: str
    name: str
    size: int
    tlp: int
    state: AnalysisState
    word: Word
    score: int | None
    confidence: float
    summary: str
    trigger: str
    by: str
    batch: str
    job_id: int
    created_at: int
    ended_at: int | None
    plugins: int
    answered: int

    @property
    def is_finished(self) -> bool:
        return self.state not in (AnalysisState.WAITING, AnalysisState.RUNNING)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What one plug-in said; `is_kept`: a provider's answer from before, as old as `asked_at` says."""

    plugin: str
    title: str
    is_provider: bool
    state: AnswerState
    message: str
    answer: Answer | None
    is_kept: bool
    asked_at: int | None
    ended_at: int | None

    @property
    def took_ms(self) -> int | None:
        if self.asked_at is None or self.ended_at is None or self.is_kept:
            return None
        return (self.ended_at - self.asked_at) // 1000


@dataclass(frozen=True, slots=True)
class PivotRow:
    """A value that answers name, and the titles of those that do."""

    kind: str
    value: str
    relation: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """A source's own verdict, in its own words."""

    title: str
    word: Word
    summary: str


@dataclass(frozen=True, slots=True)
class AnalysisDetail:
    """`opinions` are of sources that have one; they disagree where their words do (`has_disagreement`)."""

    row: AnalysisRow
    verdict: Verdict
    answers: tuple[AnswerRow, ...]
    pivots: tuple[PivotRow, ...]
    moments: tuple[tuple[str, Moment], ...]
    places: tuple[tuple[str, Place], ...]
    opinions: tuple[Opinion, ...]
    stix_ids: tuple[str, ...]

    @property
    def has_disagreement(self) -> bool:
        words = {opinion.word for opinion in self.opinions} - {Word.UNKNOWN}
        return Word.BENIGN in words and len(words) > 1


@dataclass(frozen=True, slots=True)
class AnalysisPage:
    rows: list[AnalysisRow]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What an analysis would do: which engines compute, and what would be sent to whom."""

    subject: Subject
    analyzers: tuple[str, ...]
    planned: tuple[PlannedAsk, ...]


@dataclass(frozen=True, slots=True)
class SampleArchive:
    """The sample as a zip with the password "infected", in pieces; `size` is that of the sample."""

    name: str
    sha256: str
    size: int
    pieces: Iterator[bytes]
