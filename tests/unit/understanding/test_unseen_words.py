"""Words that training never met: what they mean like, and what they sound like."""

import random

import numpy as np
import pytest

from assistant.understanding.embedded_training import fit_from
from assistant.understanding.noise import Noise
from assistant.understanding.sounds import sound_grams, sound_of
from assistant.understanding.templates import Expander, Span, parse_template, read_marks
from assistant.understanding.word_classes import LEVELS, class_features, word_classes


def test_words_that_sound_alike_share_their_sounds() -> None:
    assert sound_of("cords") == sound_of("chords".replace("ch", "c"))
    right, heard = (set(sound_grams(tuple(t.split()))) for t in ("continue it", "can tin you it"))
    other = set(sound_grams(("turn", "off", "the", "lamp")))
    assert len(right & heard) > len(right & other)


def test_words_of_like_meaning_share_classes() -> None:
    classes = word_classes()
    assert {len(row) for row in classes.values()} == {LEVELS}
    shared = set(classes["violin"]) & set(classes["cello"])
    assert shared > set(classes["violin"]) & set(classes["dishwasher"])


def test_a_word_of_no_class_is_marked() -> None:
    assert "v0:?" in class_features(("qqqzzz",))


def test_literal_words_of_a_template_are_tagged() -> None:
    class Nobody:
        def fill(self, *_: object) -> str:
            raise AssertionError("nothing is to be drawn")

    template = parse_template("{switch=bring in} the click")
    words, spans = read_marks(Expander({}, Nobody()).expand(template, random.Random(1)))
    assert words == ["bring", "in", "the", "click"]
    assert spans == [Span(0, 2, "switch")]


def test_two_words_may_be_heard_as_others_together() -> None:
    noise = Noise.from_data(
        {"heard": {}, "dropped": [], "inserted": ["uh"]},
        {"heard": {"trade fours": "straight force"}},
    )
    heard = {
        tuple(noise.disturb("lets trade fours now".split(), [], random.Random(seed))[0])
        for seed in range(60)
    }
    assert any("straight" in words and "force" in words for words in heard)
    assert not any("trade" in words and "force" in words for words in heard)


def test_a_stretch_heard_wrong_never_crosses_the_edge_of_a_parameter() -> None:
    noise = Noise({"piano now": ("be an owl",)}, frozenset(), ("uh",))
    words, spans = "on piano now".split(), [Span(1, 2, "instrument")]
    for seed in range(40):
        changed, _ = noise.disturb(words, spans, random.Random(seed))
        assert "owl" not in changed


def test_tuned_weights_stay_near_those_they_start_from() -> None:
    rows = np.eye(3)
    start, biases = np.zeros((3, 2), dtype=np.float32), np.zeros(2, dtype=np.float32)
    classes = np.array([0, 1, 1])
    near, _ = fit_from(rows, classes, start, biases, strength=0.1, rounds=50)
    far, _ = fit_from(rows, classes, start, biases, strength=10.0, rounds=50)
    assert 0 < np.abs(near).max() < np.abs(far).max()
    assert (far.argmax(axis=1) == classes).all()


def test_sentence_that_counts_often_weighs_as_much_as_its_copies() -> None:
    rows, start, biases = np.eye(2), np.zeros((2, 2), dtype=np.float32), np.zeros(2)
    copies = np.vstack([rows, rows[:1], rows[:1]])
    of_copies, _ = fit_from(copies, np.array([0, 1, 0, 0]), start, biases, 0.1, 50)
    weighed, _ = fit_from(rows, np.array([0, 1]), start, biases, 0.1, 50, np.array([3, 1]))
    assert weighed == pytest.approx(of_copies, abs=1e-4)
