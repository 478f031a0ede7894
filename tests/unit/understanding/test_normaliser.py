import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.understanding.key_names import find_keys, read_key
from assistant.understanding.normaliser import normalise_text, split_words, strip_wake_word
from assistant.understanding.number_words import read_number, spell_digits, to_words


@pytest.mark.parametrize(
    ("typed", "spoken"),
    [
        ("Continue what I play, in a HAPPY mood!", "continue what i play in a happy mood"),
        ("Play it in F# minor at 120 BPM", "play it in f sharp minor at one hundred twenty bpm"),
        ("in Bb", "in b flat"),
        ("Am", "a minor"),
        ("C#m please", "c sharp minor please"),
        ("i am happy", "i am happy"),
        ("90bpm", "ninety bpm"),
        ("90 b.p.m.", "ninety bpm"),
        ("volume 50%", "volume fifty percent"),
        ("make it 10s long", "make it ten seconds long"),
        ("2.5 seconds", "two point five seconds"),
        ("the 2nd one", "the second one"),
        ("Don't do that!", "don't do that"),
        ("export as .mid", "export as dot mid"),
        ("  two   spaces ", "two spaces"),
        ("", ""),
    ],
)
def test_typed_text_becomes_what_a_recogniser_writes(typed: str, spoken: str) -> None:
    assert normalise_text(typed) == spoken


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise_text(text)
    assert normalise_text(once) == once
    assert re.fullmatch(r"[a-z' ]*", once)


@given(st.integers(0, 999_999))
def test_number_words_are_read_back(value: int) -> None:
    assert read_number(to_words(value)) == value
    assert spell_digits(str(value)).split() == to_words(value).split()


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("one twenty", 120),
        ("one hundred and ten", 110),
        ("a hundred", 100),
        ("one oh five", 105),
        ("two and a half", 2.5),
        ("five point five", 5.5),
        ("a couple", 2),
        ("strings", None),
        ("", None),
        ("point five", None),
    ],
)
def test_numbers_are_read_as_musicians_say_them(words: str, value: float | None) -> None:
    assert read_number(words) == value


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("f sharp minor", "F# minor"),
        ("b flat", "Bb major"),
        ("be flat miner", "Bb minor"),
        ("d", "D major"),
        ("key of c major", "C major"),
        ("happy", None),
        ("the", None),
        ("c plus", None),
    ],
)
def test_keys_are_read_with_their_sign_and_mode(words: str, key: str | None) -> None:
    assert read_key(words.split()) == key


def test_a_bare_letter_is_no_key_until_something_says_so() -> None:
    assert find_keys(["play", "a", "song", "in", "e", "flat"]) == [(4, 6)]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("maestro continue", "continue"),
        ("hey maestro stop", "stop"),
        ("maestro", "maestro"),
        ("ask the maestro", "ask the maestro"),
    ],
)
def test_the_wake_word_is_taken_off_the_front(text: str, rest: str) -> None:
    assert strip_wake_word(text) == rest


def test_apostrophes_are_closed_up_for_the_engines() -> None:
    assert split_words("don't stop") == ["dont", "stop"]
