from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.contract import EncoreError, InputError, ModelError
from assistant.understanding import places, retraining, user_models
from assistant.understanding.comparing import Figure, golden_sentences, what_got_worse
from assistant.understanding.corrections import FILE, Correction, forget, recall, remember
from assistant.understanding.embedded import load_model, save_model
from assistant.understanding.forgetting import forget_numbers
from assistant.understanding.golden import Golden, Share
from assistant.understanding.stored import find_model, key_of, train_into
from assistant.understanding.templates import Span
from assistant.understanding.training_data import LanguageData

INTENTS = ("volume", "adjust", "undo")
SENTENCES = [
    Golden("continue what i play in a happy mood", "continue", {"mood": "happy"}),
    Golden("make it sadder", "adjust", {"mood": "sad"}),
    Golden("save this as blue door", "save", {"name": "blue door"}),
    Golden("what is the weather like in paris", "out_of_scope", {}),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def corrections(home: Path) -> Path:
    path = home / FILE
    remember(path, Correction("blow it up", "volume"))
    remember(path, Correction("a bit wetter", "undo"))
    remember(path, Correction("a bit wetter", "adjust", (Span(0, 2, "amount"),)))
    return path


def test_the_last_word_on_a_sentence_counts_and_keeps_its_parameters(corrections: Path) -> None:
    assert recall(corrections, INTENTS) == [
        Correction("blow it up", "volume"),
        Correction("a bit wetter", "adjust", (Span(0, 2, "amount"),)),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "3",
        '{"text": "x"}',
        '{"text": "x", "intent": "dance"}',
        '{"text": "", "intent": "undo"}',
        '{"text": "x", "intent": "undo", "spans": 3}',
        "\udcff\udcfe",
    ],
)
def test_a_damaged_line_is_passed_over(corrections: Path, line: str) -> None:
    with corrections.open("ab") as file:
        file.write(line.encode("utf-8", "surrogateescape") + b"\n")
    assert [c.text for c in recall(corrections, INTENTS)] == ["blow it up", "a bit wetter"]


def test_spans_that_do_not_fit_the_sentence_are_left_out(corrections: Path) -> None:
    line = {"text": "louder now", "intent": "volume", "spans": [[1, 9, "amount"]]}
    with corrections.open("a") as file:
        file.write(json.dumps(line) + "\n")
    assert recall(corrections, INTENTS)[-1] == Correction("louder now", "volume")


def test_one_is_forgotten_by_its_number(corrections: Path) -> None:
    assert [c.text for c in forget(corrections, [1], INTENTS)] == ["blow it up"]
    assert [c.text for c in recall(corrections, INTENTS)] == ["a bit wetter"]
    with pytest.raises(InputError, match="There is no correction 2; there are 1"):
        forget(corrections, [2], INTENTS)


def test_after_the_last_one_the_file_is_gone(corrections: Path) -> None:
    assert forget_numbers(corrections, [1, 2], INTENTS) == "2 corrections forgotten."
    assert not corrections.exists()
    with pytest.raises(InputError, match="there are none"):
        forget_numbers(corrections, [1], INTENTS)


def own_model(language: LanguageData) -> Path:
    """Make the shipped model the user's own, as if it had been trained here."""
    room = user_models.make_room()
    save_model(load_model(places.PREBUILT).parts, room, language.digest)
    learned = recall(places.data_dir() / FILE, language.intents)
    return user_models.adopt("embedded", room, key_of(language), learned, {})


def holds(language: LanguageData) -> Path | None:
    return user_models.user_model("embedded", key_of(language), language.intents)


def test_the_users_own_model_holds_until_a_correction_is_forgotten(
    corrections: Path, language: LanguageData
) -> None:
    made = own_model(language)
    assert holds(language) == made
    remember(corrections, Correction("hit me", "continue"))
    assert holds(language) == made  # what it has not learned yet does no harm
    assert "deleted too" in forget_numbers(corrections, [1], language.intents)
    assert holds(language) is None
    assert not made.exists()


def test_without_the_file_of_corrections_the_shipped_model_holds(
    corrections: Path, language: LanguageData
) -> None:
    own_model(language)
    corrections.unlink()
    assert holds(language) is None
    assert list(find_model(language)["intents"])


def test_a_model_of_other_words_does_not_hold(corrections: Path, language: LanguageData) -> None:
    assert corrections.exists()
    own_model(language)
    assert user_models.user_model("embedded", "other words", language.intents) is None


@pytest.mark.parametrize("damage", ["{", "[]", '{"model": 3}', '{"corrections": 5}'])
def test_a_damaged_note_about_the_own_model_is_passed_over(
    corrections: Path, language: LanguageData, damage: str
) -> None:
    assert corrections.exists()
    own_model(language)
    (user_models.folder() / "embedded.json").write_text(damage)
    assert holds(language) is None


def test_a_second_model_replaces_the_first(corrections: Path, language: LanguageData) -> None:
    assert corrections.exists()
    first, second = own_model(language), own_model(language)
    assert (holds(language), first.exists()) == (second, False)
    assert user_models.drop("embedded")
    assert not user_models.drop("embedded")
    assert list(user_models.folder().iterdir()) == []


def share(right: int) -> Share:
    return Share(right, 1000)


def test_a_figure_may_fall_by_its_tolerance_and_no_further() -> None:
    before = (Figure("exact", share(950), tolerance=0.005), Figure("ghosts", share(30), True, 0.01))
    as_good = (
        Figure("exact", share(945), tolerance=0.005),
        Figure("ghosts", share(40), True, 0.01),
    )
    assert what_got_worse(before, as_good) is None
    less = (Figure("exact", share(944), tolerance=0.005), as_good[1])
    assert what_got_worse(before, less) == less[0]
    more_ghosts = (as_good[0], Figure("ghosts", share(41), True, 0.01))
    assert what_got_worse(before, more_ghosts) == more_ghosts[1]


def test_without_the_golden_sentences_nothing_can_be_compared(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="golden sentences are missing"):
        golden_sentences(tmp_path / "nowhere")


def test_retraining_takes_the_new_model_and_says_what_it_changed(
    corrections: Path, language: LanguageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retraining, "golden_sentences", lambda: SENTENCES)
    told: list[str] = []

    def train(_engine: user_models.Engine, folder: Path) -> None:
        train_into(folder, language, corrections, per_intent=120)

    outcome = retraining.retrain("embedded", language, told.append, train)
    assert outcome.worse is None
    assert outcome.after[-1].share == Share(2, 2)  # both corrections are understood now
    assert holds(language) is not None
    assert told[0] == "Training embedded with 2 corrections …"
    about = json.loads((user_models.folder() / "embedded.json").read_text())
    assert about["corrections"] == [["blow it up", "volume"], ["a bit wetter", "adjust"]]


def test_a_model_that_got_worse_is_thrown_away(
    corrections: Path, language: LanguageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert corrections.exists()
    monkeypatch.setattr(retraining, "golden_sentences", lambda: SENTENCES)

    def train(_engine: user_models.Engine, folder: Path) -> None:
        parts = dict(load_model(places.PREBUILT).parts)
        parts["biases"] = parts["biases"] + [99.0 * (i == "undo") for i in parts["intents"]]
        save_model(parts, folder, language.digest)

    outcome = retraining.retrain("embedded", language, lambda _text: None, train)
    assert outcome.worse is not None
    assert outcome.worse.name == "intent right"
    assert holds(language) is None
    assert list(user_models.folder().glob("*embedded*")) == []


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), ModelError("It could not be trained.")])
def test_an_interrupted_training_leaves_everything_as_it_was(
    corrections: Path,
    language: LanguageData,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
) -> None:
    assert corrections.exists()
    made = own_model(language)
    monkeypatch.setattr(retraining, "golden_sentences", lambda: SENTENCES)

    def train(_engine: user_models.Engine, folder: Path) -> None:
        (folder / "half").write_text("")
        raise failure

    with pytest.raises((KeyboardInterrupt, EncoreError)):
        retraining.retrain("embedded", language, lambda _text: None, train)
    assert holds(language) == made
    assert list(user_models.folder().glob(".training-*")) == []
