import math
import random

import pytest

from assistant.understanding.training_data import load_language
from speech.dictionary import missing_words, parse_dictionary
from speech.language import NLU_FOLDER, spoken_language
from speech.ngram import END, START, estimate
from speech.prompts import PromptGrammar, balanced_prompts

SENTENCES = ["make it sadder", "make it faster", "make it faster", "stop", "play it back"] * 4


@pytest.mark.parametrize("history", [(), ("make",), ("make", "it"), (START,), (START, "play")])
def test_probabilities_of_a_history_sum_to_one(history):
    model = estimate(SENTENCES, fewest=(1, 1, 1))
    words = model.words[()]
    known = model.known_history(history)
    total = sum(model.probability(known, word) for word in words)
    assert total == pytest.approx(1.0, abs=1e-6)


def test_unseen_order_of_known_words_keeps_a_fair_chance():
    model = estimate(SENTENCES, fewest=(1, 1, 1))
    seen = model.probability(("make", "it"), "faster")
    unseen = model.probability(("make", "it"), "stop")
    assert seen > 5 * unseen > 0.005


def test_perplexity_is_lower_on_the_language_than_on_shuffled_words():
    model = estimate(SENTENCES, fewest=(1, 1, 1))
    shuffled = [" ".join(reversed(text.split())) for text in SENTENCES]
    assert model.perplexity(SENTENCES) < 0.5 * model.perplexity(shuffled)


def test_rare_trigrams_are_left_out_and_backed_off():
    model = estimate([*SENTENCES, "make it odd"], fewest=(1, 1, 2))
    assert "odd" not in model.words[("make", "it")]
    assert math.isclose(
        model.probability(("make", "it"), "odd"),
        model.back_off[("make", "it")] * model.probability(("it",), "odd"),
    )


def test_sentence_ends_are_learnt():
    model = estimate(SENTENCES, fewest=(1, 1, 1))
    assert model.probability((START, "stop"), END) > 0.6


def test_dictionary_joins_alternatives_and_skips_remarks():
    words = parse_dictionary(["# a remark", "a AH", "a(2) EY", "wav W EY V # file"])
    assert words == {"a": [("AH",), ("EY",)], "wav": [("W", "EY", "V")]}
    assert missing_words(["a", "zzz", "b"], words) == ["b", "zzz"]


def test_prompts_are_plain_words():
    grammar, rng = PromptGrammar(), random.Random(5)
    for _ in range(300):
        text = grammar.draw(rng)
        assert text
        assert all(word.replace("'", "").isalpha() and word.islower() for word in text.split())


def test_balanced_prompts_say_rare_words_more_often_than_chance():
    grammar = PromptGrammar()
    chosen = balanced_prompts(300, 1, grammar)
    plain = balanced_prompts(300, 1, grammar, candidates=1)
    kinds = [len({word for text in texts for word in text.split()}) for texts in (chosen, plain)]
    assert kinds[0] > 1.15 * kinds[1]


def test_sentences_that_show_errors_of_recognisers_are_not_learnt_by_ours():
    spoken, all_words = spoken_language(NLU_FOLDER), load_language(NLU_FOLDER)
    wrong = {"continue in the {mood=sad} moot", "compost a tune"}
    count = sum(len(templates) for templates in spoken.intents.values())
    assert 0 < count < sum(len(templates) for templates in all_words.intents.values())
    assert set(spoken.intents) == set(all_words.intents)
    assert not wrong & {str(t) for templates in spoken.intents.values() for t in templates}
