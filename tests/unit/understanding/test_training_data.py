import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from assistant.contract import ModelError
from assistant.understanding.parameters import read_value
from assistant.understanding.rasa_training import annotated, to_rasa
from assistant.understanding.templates import Span
from assistant.understanding.training_data import (
    Example,
    Generator,
    LanguageData,
    corrected_examples,
    load_language,
)

ROOT = Path(__file__).resolve().parents[3]
INTENTS = set(
    """continue compose vary accompany suggest_chords jam record play_back stop adjust volume undo
    redo affirm deny save load like dislike learn describe metronome set help repeat greet goodbye
    out_of_scope""".split()
)


def test_every_intent_and_parameter_of_the_contract_has_words(language: LanguageData) -> None:
    assert set(language.intents) == INTENTS
    assert set(language.vocabulary.parameters) == set(
        """mood tempo_bpm tempo_change key style instrument duration_seconds duration_bars
        duration_change creativity_change register_change density_change volume_percent
        volume_change name format switch span choice amount""".split()
    )


def test_the_same_seed_gives_the_same_sentences(language: LanguageData) -> None:
    generator = Generator(language)
    assert generator.generate(20, seed=3) == generator.generate(20, seed=3)
    assert generator.generate(20, seed=3) != generator.generate(20, seed=4)


def test_intents_are_balanced(language: LanguageData) -> None:
    counts = Counter(e.intent for e in Generator(language).generate(100))
    assert min(counts.values()) >= 95


def test_every_template_can_be_said_and_read_back(language: LanguageData) -> None:
    generator = Generator(language, noise_chance=0.0)
    rng = random.Random(5)
    unread = []
    for intent, lines in language.intents.items():
        for line in lines:
            example = generator.draw(intent, line, rng)
            for span in example.spans:
                words = example.words[span.start : span.end]
                parameter = language.vocabulary.parameters[span.parameter]
                if read_value(parameter, words, language.vocabulary) is None:
                    unread.append((span.parameter, words))
    assert unread == []


def test_rasa_gets_the_spans_in_its_own_notation() -> None:
    example = Example(
        ("on", "a", "grand", "piano", "please"), "adjust", (Span(2, 4, "instrument"),)
    )
    assert annotated(example) == "on a [grand piano](instrument) please"


def test_rasa_data_are_yaml_with_all_intents_and_word_lists(language: LanguageData) -> None:
    data = yaml.safe_load(to_rasa(Generator(language).generate(5), language))
    assert {e["intent"] for e in data["nlu"] if "intent" in e} == INTENTS
    assert "mood" in {e["lookup"] for e in data["nlu"] if "lookup" in e}


def test_the_domain_names_what_the_data_hold(language: LanguageData) -> None:
    domain = yaml.safe_load((ROOT / "nlu" / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["intents"]) == set(language.intents)
    assert set(domain["entities"]) == set(language.vocabulary.parameters)


def test_corrections_become_examples_and_damaged_lines_do_not(
    language: LanguageData, tmp_path: Path
) -> None:
    path = tmp_path / "corrections.jsonl"
    path.write_text(
        '{"text": "blow it up", "intent": "like"}\nnonsense\n'
        '{"text": "blow it up", "intent": "volume"}\n{"text": "x", "intent": "dance"}\n'
    )
    examples = corrected_examples(path, language, times=2)
    assert [(e.text, e.intent) for e in examples] == [("blow it up", "volume")] * 2


def test_correction_says_to_rasa_how_often_it_counts(language: LanguageData) -> None:
    corrected = [Example(("blow", "it", "up"), "volume")]
    text = to_rasa([Example(("louder",), "volume")], language, corrected)
    plain, weighed = [e for e in yaml.safe_load(text)["nlu"] if e.get("intent") == "volume"]
    assert "metadata" not in plain
    assert weighed["examples"].split("- ")[1].strip() == "blow it up"
    assert weighed["metadata"]["times"] > 1


def test_a_broken_words_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "nlu"
    shutil.copytree(ROOT / "skills" / "music" / "nlu", folder)
    (folder / "intents" / "making.yml").write_text("continue:\n  other: |\n    go [on\n")
    with pytest.raises(ModelError, match=r"making\.yml"):
        load_language(folder)
