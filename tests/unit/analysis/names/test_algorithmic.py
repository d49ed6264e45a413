import pytest

from stack.analysis.names.algorithmic import Model, load_model, measure_entropy, score_label


@pytest.mark.parametrize(
    "label", ["wikipedia", "stackoverflow", "deutschebahn", "weather-forecast", "mercadolibre"]
)
def test_names_that_people_gave_are_not_algorithmic(label: str) -> None:
    score = score_label(label)
    assert score is not None
    assert not score.is_algorithmic
    assert score.log_odds < 1


@pytest.mark.parametrize(
    "label", ["xkqzjvwpyrtnb", "a3f9c1e07b2d4856", "lnhifxzyqwpd", "u2acefaao6oap3o1", "qkvaqhtjupzx"]
)
def test_names_that_nobody_would_give_are(label: str) -> None:
    score = score_label(label)
    assert score is not None
    assert score.is_algorithmic
    assert score.rare > score.triples / 4


@pytest.mark.parametrize("label", ["", "abcde", "xn--bcher-kva", "bücher", "a_b_c_d", "ABCDEFGH"])
def test_what_it_was_not_trained_on_gets_no_score(label: str) -> None:
    assert score_label(label) is None


def test_words_out_of_a_list_are_not_recognised_and_the_figures_say_so() -> None:
    figures = load_model().figures
    assert figures["words_recall"] < 0.05
    assert figures["family_recall"] > 0.5 > figures["family_entropy_recall"]
    assert figures["family_auc"] > figures["family_entropy_auc"]
    assert figures["false_alarms"] < 0.01
    assert figures["family_calibration_error"] < 0.1


def test_the_file_is_whole() -> None:
    model = load_model()
    assert isinstance(model, Model)
    features = len(model.means)
    assert len(model.weights) == features + features * (features + 1) // 2


def test_entropy_is_in_bits() -> None:
    assert measure_entropy("aaaa") == 0
    assert measure_entropy("abcd") == 2
