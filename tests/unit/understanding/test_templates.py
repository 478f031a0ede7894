import random

import pytest

from assistant.understanding.noise import Noise, garble, replace_words
from assistant.understanding.templates import Expander, Span, parse_template, read_marks


class Words:
    def fill(self, parameter: str, kind: str, rng: random.Random) -> str:  # noqa: ARG002
        return {"mood": "very sad", "instrument": "a drum beat"}[parameter]


def sentences(template: str, times: int = 60) -> set[tuple[str, tuple[Span, ...]]]:
    expander = Expander({"how": ["slowly", "fast"]}, Words())
    rng = random.Random(1)
    found = set()
    for _ in range(times):
        words, spans = read_marks(expander.expand(parse_template(template), rng))
        found.add((" ".join(words), tuple(spans)))
    return found


def test_alternatives_options_and_pieces_give_every_wording() -> None:
    said = {text for text, _ in sentences("(go|carry) on [please] <how>")}
    assert said == {
        f"{verb} on {polite}{how}"
        for verb in ("go", "carry")
        for polite in ("", "please ")
        for how in ("slowly", "fast")
    }


def test_slots_are_tagged_where_their_words_are() -> None:
    assert sentences("make it {mood} now") == {("make it very sad now", (Span(2, 4, "mood"),))}


def test_slots_with_a_tilde_are_said_but_not_tagged() -> None:
    assert sentences("a {~mood} film") == {("a very sad film", ())}


def test_doubled_articles_are_mended() -> None:
    assert sentences("with the {instrument}") == {
        ("with a drum beat", (Span(1, 4, "instrument"),)),
    }


@pytest.mark.parametrize("template", ["(a|b", "a]", "play {mood", "(a]"])
def test_a_template_with_loose_brackets_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="template"):
        parse_template(template)


def test_replacing_a_word_moves_the_spans_behind_it() -> None:
    words, spans = replace_words(["accompany", "on", "piano"], [Span(2, 3, "x")], 0, ["a", "b"])
    assert (words, spans) == (["a", "b", "on", "piano"], [Span(3, 4, "x")])
    words, spans = replace_words(["on", "piano"], [Span(1, 2, "x")], 1, [])
    assert (words, spans) == (["on"], [])


def test_noise_never_touches_a_name() -> None:
    noise = Noise({"blue": ("blew",)}, frozenset(["it"]), ("uh",))
    for seed in range(200):
        words, spans = noise.disturb(
            ["call", "it", "blue", "door"], [Span(2, 4, "name")], random.Random(seed)
        )
        assert words[spans[0].start : spans[0].end] == ["blue", "door"]


def test_a_garbled_word_is_never_empty() -> None:
    for seed in range(100):
        assert garble("lane", random.Random(seed)).strip()
