"""An analysis from its start to its end: queued, answered, weighed, kept, forgotten."""

from collections.abc import Callable

import orjson
import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.analysis.answers import Word
from stack.analysis.models import Analysis, AnalysisAnswer, AnalysisState, AnswerState
from stack.analysis.operations import (
    Wish,
    ask_again,
    delete_analysis,
    preview_analysis,
    start_analysis,
    start_batch,
)
from stack.analysis.queries import find_verdicts, get_analysis, list_analyses
from stack.analysis.records import AnalysisDetail, AnalysisRow
from stack.analysis.running import end_analysis
from stack.core.errors import BadInput, Conflict, NotAllowed, NotFound
from stack.jobs.models import Job, JobState
from stack.jobs.operations import cancel, retry
from stack.store.queries import get_text
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

Run = Callable[[AnalysisRow], AnalysisDetail]
TakeIn = Callable[[bytes], None]
ENGINES = Wish(plugins=("store",))


def indicator(value: str, *, number: int = 1, marking: str = "", **more: object) -> dict[str, object]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{number:012d}",
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-20T00:00:00.000Z",
        "name": "Loader C2",
        "pattern": f"[ipv4-addr:value = '{value}']",
        "pattern_type": "stix",
        "valid_from": "2026-11-01T00:00:00Z",
        **({"object_marking_refs": [marking]} if marking else {}),
        **more,
    }


def bundle(*objects: dict[str, object]) -> bytes:
    return orjson.dumps({"type": "bundle", "id": "bundle--0", "objects": list(objects)})


RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def test_what_the_store_knows_becomes_a_verdict_with_its_reasons(
    principal: Principal, run: Run, take_in: TakeIn
) -> None:
    take_in(bundle(indicator("203.0.113.7", confidence=95)))
    row = start_analysis(principal, value="203[.]0[.]113[.]7", wish=ENGINES)
    assert (row.state, row.score, row.plugins) == (AnalysisState.WAITING, None, 1)
    done = run(row)
    assert done.row.state is AnalysisState.DONE
    assert done.row.word is done.verdict.word is Word.SUSPICIOUS
    [reason] = done.verdict.weighed
    assert reason.evidence.is_private
    assert "Partner states it as the indicator “Loader C2”" in reason.evidence.statement
    assert done.row.summary.startswith("Partner states it")
    assert find_verdicts(principal, ["203.0.113.7", "203.0.113.8"]).keys() == {"203.0.113.7"}


def test_nothing_known_is_unknown(principal: Principal, run: Run) -> None:
    done = run(start_analysis(principal, value="203.0.113.9", wish=ENGINES))
    assert (done.row.word, done.row.score) == (Word.UNKNOWN, 10)
    assert [answer.state for answer in done.answers] == [AnswerState.ABSENT]
    assert done.row.summary == "Nobody who was asked knows anything about it."


def test_a_list_is_answered_in_its_order_and_a_bad_line_stops_it(principal: Principal, run: Run) -> None:
    values = ["203.0.113.9", "example.com", "https://example.com/a", "d41d8cd98f00b204e9800998ecf8427e"]
    rows = start_batch(principal, values=values, wish=ENGINES)
    for row in rows:
        run(row)
    page = list_analyses(principal, batch=rows[0].batch, limit=3)
    assert [row.value for row in page.rows] == values[:3]
    assert page.total == 4
    rest = list_analyses(principal, batch=rows[0].batch, after=page.next)
    assert [row.value for row in rest.rows] == values[3:]
    with pytest.raises(BadInput) as caught:
        start_batch(principal, values=["example.com", "no value", ""], wish=ENGINES)
    assert [fault.field for fault in caught.value.errors] == ["values.2", "values.3"]
    assert Analysis.objects.count() == 4


def test_lists_are_filtered_and_paged_from_the_newest(principal: Principal, run: Run) -> None:
    for value in ("a.example", "b.example", "203.0.113.9"):
        run(start_analysis(principal, value=value, wish=ENGINES))
    assert [row.value for row in list_analyses(principal, kind="domain").rows] == ["b.example", "a.example"]
    assert [row.value for row in list_analyses(principal, text="A.EX").rows] == ["a.example"]
    page = list_analyses(principal, limit=2)
    assert [row.value for row in list_analyses(principal, after=page.next).rows] == ["a.example"]
    assert not list_analyses(principal, word="malicious").rows


def test_a_value_of_a_red_object_is_red(principal: Principal, take_in: TakeIn) -> None:
    take_in(bundle(indicator("203.0.113.7", marking=RED), indicator("203.0.113.8", number=2)))
    assert preview_analysis(principal, value="203.0.113.7").subject.tlp == 4
    assert preview_analysis(principal, value="203.0.113.8").subject.tlp == 0
    assert preview_analysis(principal, value="203.0.113.8", tlp=2).subject.tlp == 2
    assert start_analysis(principal, value="203.0.113.7", wish=ENGINES).tlp == 4


def test_only_who_is_cleared_for_all_that_it_saw_sees_it(
    principal: Principal, run: Run, take_in: TakeIn
) -> None:
    take_in(bundle(indicator("203.0.113.7", marking=RED)))
    done = run(start_analysis(principal, value="203.0.113.7", wish=ENGINES))
    organisation = Organisation.objects.get(pk=principal.organisation_id)
    green = make_principal("bob", organisation, tlp_ceiling=1)
    stranger = make_principal("eve", Organisation.objects.create(name="Others"), role=Role.PLATFORM_ADMIN)
    for other in (green, stranger):
        assert get_analysis(other, done.row.uid) is None
        assert not list_analyses(other).rows
        assert not find_verdicts(other, ["203.0.113.7"])
        with pytest.raises(NotFound):
            delete_analysis(other, done.row.uid)
    own = start_analysis(green, value="203.0.113.7", wish=ENGINES)
    assert own.tlp == 0  # what bob may not see tells him nothing
    assert get_analysis(principal, run(own).row.uid) is not None
    assert find_verdicts(green, ["203.0.113.7"])["203.0.113.7"].word is Word.UNKNOWN


def test_what_was_found_is_stated_without_what_the_store_said(
    principal: Principal, run: Run, take_in: TakeIn
) -> None:
    take_in(bundle(indicator("203.0.113.7", marking=RED, confidence=100)))
    done = run(start_analysis(principal, value="203.0.113.7", wish=Wish(may_ask=False)))
    texts = [(stix_id, get_text(principal, stix_id)) for stix_id in done.stix_ids]
    notes = [orjson.loads(text) for stix_id, text in texts if text and stix_id.startswith("note--")]
    for note in notes:
        assert "Loader C2" not in note["content"]
        assert RED in note.get("object_marking_refs", []) or done.row.tlp == 4
    # What analyses state is no witness for the next one.
    again = run(start_analysis(principal, value="203.0.113.7", wish=ENGINES))
    assert again.verdict.log_odds == pytest.approx(
        next(each.counted for each in done.verdict.weighed if each.evidence.is_private) - 2.197, abs=0.2
    )


def test_one_plug_in_is_asked_again_and_the_others_stay(
    principal: Principal, run: Run, take_in: TakeIn
) -> None:
    done = run(
        start_analysis(principal, value="203.0.113.7", wish=Wish(plugins=("store", "ip"), may_ask=False))
    )
    take_in(bundle(indicator("203.0.113.7", confidence=100)))
    row = ask_again(principal, done.row.uid, "store")
    assert (row.plugins - row.answered, row.state) == (1, AnalysisState.WAITING)
    with pytest.raises(Conflict):
        ask_again(principal, done.row.uid, "store")
    again = run(row)
    before = {answer.plugin: answer.ended_at for answer in done.answers}
    after = {answer.plugin: answer.ended_at for answer in again.answers}
    assert [name for name in after if after[name] != before[name]] == ["store"]
    assert again.verdict.for_weight > 0
    with pytest.raises(NotFound):
        ask_again(principal, done.row.uid, "virustotal")


@pytest.mark.parametrize("ended", [JobState.DEAD, JobState.FAILED, JobState.CANCELLED])
def test_what_a_lost_job_left_open_says_so_and_can_be_asked_again(
    principal: Principal, run: Run, ended: JobState
) -> None:
    row = start_analysis(principal, value="203.0.113.7", wish=ENGINES)
    Analysis.objects.update(state=AnalysisState.RUNNING)
    AnalysisAnswer.objects.update(state=AnswerState.RUNNING)
    Job.objects.filter(pk=row.job_id).update(state=ended)
    lost = get_analysis(principal, row.uid)
    assert lost is not None
    assert lost.row.is_finished
    assert [answer.state for answer in lost.answers] == [AnswerState.INTERRUPTED]
    assert lost.answers[0].message
    again = run(ask_again(principal, row.uid, "store"))
    assert (again.row.state, again.answers[0].state) == (AnalysisState.DONE, AnswerState.ABSENT)


def test_a_cancelled_analysis_goes_on_where_its_job_is_tried_again(principal: Principal, run: Run) -> None:
    row = start_analysis(principal, value="203.0.113.7", wish=ENGINES)
    cancel(principal, row.job_id)
    end_analysis(Analysis.objects.get(), AnalysisState.CANCELLED)
    retry(principal, row.job_id)
    again = run(row)
    assert (again.row.state, again.answers[0].state) == (AnalysisState.DONE, AnswerState.ABSENT)


def test_an_analysis_is_forgotten(principal: Principal, run: Run) -> None:
    row = start_analysis(principal, value="203.0.113.7", wish=ENGINES)
    with pytest.raises(Conflict):
        delete_analysis(principal, row.uid)
    run(row)
    delete_analysis(principal, row.uid)
    assert get_analysis(principal, row.uid) is None
    assert get_analysis(principal, "../..") is None


def test_who_may_only_read_starts_nothing(principal: Principal) -> None:
    organisation = Organisation.objects.get(pk=principal.organisation_id)
    reader = make_principal("rob", organisation, role=Role.READER)
    with pytest.raises(NotAllowed):
        start_analysis(reader, value="203.0.113.7")
    with pytest.raises(NotAllowed):
        preview_analysis(reader, value="203.0.113.7")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"value": ""}, "value"),
        ({"value": "no value at all"}, "value"),
        ({"value": "CVE-2024-3400"}, "value"),
        ({"value": "203.0.113.7", "kind": "nonsense"}, "value"),
        ({"value": "203.0.113.7", "kind": "url"}, "value"),
        ({"value": "203.0.113.7", "tlp": 9}, "tlp"),
        ({"value": "a" * 9000}, "value"),
        ({"value": "203.0.113.7", "wish": Wish(plugins=("nobody",))}, "plugins"),
    ],
)
def test_what_cannot_be_analysed_is_said(principal: Principal, wanted: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        start_analysis(principal, **wanted)  # type: ignore[arg-type]
    assert field in str(caught.value)
    assert not Analysis.objects.exists()
