"""The rules of the ears: wake word, confidence, end of a sentence, follow-up time, levels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from assistant.contract import Intent
from assistant.ears.attention import Attention
from assistant.ears.confidence import (
    CALLED,
    FOLLOWING,
    FOLLOWING_MUSIC,
    Following,
    to_transcript,
)
from assistant.ears.end_of_sentence import Patience, silence_needed_s
from assistant.ears.levels import LOUD, MUTE, LevelWatch
from assistant.ears.verifier import Verifier
from assistant.ears.voice_activity import FRAME, VoiceActivity
from assistant.ears.vosk_recogniser import HeardWord
from assistant.ears.wake_word import WakeWord

MAESTRO = WakeWord("Maestro")


def said(text: str, pause_before: str = "", confidence: float = 1.0) -> list[HeardWord]:
    """Words of 0.3 s without a pause between them, but of 0.5 s before one of them."""
    words, at = [], 1.0
    for word in text.split():
        at += 0.5 if word == pause_before else 0.0
        words.append(HeardWord(word, at, at + 0.3, confidence))
        at += 0.3
    return words


@pytest.mark.parametrize(
    ("text", "pause_before", "rest"),
    [
        ("maestro continue", "", ["continue"]),
        ("maestro", "", []),
        ("well maestro continue", "", ["continue"]),
        ("that was nice maestro continue", "maestro", ["continue"]),
        ("maestro maestro stop", "", ["stop"]),
        ("maestro no maestro stop", "maestro", ["stop"]),
    ],
)
def test_a_call_opens_a_sentence_or_follows_a_pause(
    text: str, pause_before: str, rest: list[str]
) -> None:
    words = said(text, pause_before)
    after = MAESTRO.after_call(words)
    assert after is not None
    assert [word.word for word in words[after:]] == rest


@pytest.mark.parametrize(
    "text",
    ["give me maestro with milk", "a single shot maestro", "[unk] maestro band steel", "continue"],
)
def test_a_word_like_it_inside_of_talk_is_no_call(text: str) -> None:
    assert MAESTRO.after_call(said(text)) is None


@pytest.mark.parametrize(
    ("text", "doubtful", "is_talk"),
    [
        ("make me a", "", True),
        ("can i get a sharp", "sharp", True),
        ("key of", "key of", False),
        ("[unk]", "", False),
        ("oh no", "", False),
        ("maestro", "", False),
        ("hey", "", False),
        ("", "", False),
    ],
)
def test_sure_words_that_run_into_a_call_beside_music_are_talk(
    text: str, doubtful: str, is_talk: bool
) -> None:
    before = [
        replace(word, confidence=0.5) if word.word in doubtful.split() else word
        for word in said(text)
    ]
    end_s = before[-1].end_s if before else 1.0
    assert MAESTRO.runs_on(before, end_s + 0.1) is is_talk
    assert not MAESTRO.runs_on(before, end_s + 0.25)


def test_unknown_and_doubtful_words_before_a_call_are_notes_while_music_sounds() -> None:
    assert MAESTRO.after_call(said("[unk] maestro stop"), in_music=True) == 2
    doubtful = [replace(word, confidence=0.4) for word in said("key of")] + said("maestro stop")
    assert MAESTRO.after_call(doubtful, in_music=True) == 3
    assert MAESTRO.after_call(doubtful) is None


def test_inside_of_encores_own_speech_a_call_needs_no_pause() -> None:
    words = said("here are five seconds maestro stop")
    assert MAESTRO.after_call(words) is None
    assert MAESTRO.after_call(words, anywhere=True) == 5


def test_an_unsure_wake_word_is_no_call() -> None:
    assert MAESTRO.after_call(said("maestro continue", confidence=0.4)) is None


def test_a_wake_word_may_have_two_words() -> None:
    assert WakeWord("hey encore").after_call(said("hey encore louder")) == 2
    assert WakeWord("hey encore").after_call(said("encore louder")) is None


def test_an_unfinished_sentence_wakes_only_when_it_opens_with_the_call() -> None:
    assert MAESTRO.after_opening(["maestro", "stop"]) == 1
    assert MAESTRO.after_opening(["well", "maestro"]) == 2
    assert MAESTRO.after_opening(["give", "me", "maestro"]) is None
    assert MAESTRO.after_opening(["[unk]", "maestro"]) is None
    assert MAESTRO.after_opening([]) is None


def test_unknown_words_count_nothing_and_are_left_out_of_the_text() -> None:
    words = [*said("louder"), HeardWord("[unk]", 2.0, 2.3, 1.0)]
    transcript = to_transcript(words)
    assert (transcript.text, transcript.confidence) == ("louder", 0.5)
    assert not FOLLOWING.accepts(words)
    assert to_transcript([]).confidence is None


def test_less_is_believed_without_the_wake_word_and_least_while_notes_sound() -> None:
    words = said("a bit louder", confidence=0.85)
    assert CALLED.accepts(words)
    assert FOLLOWING.accepts(words)
    assert not FOLLOWING_MUSIC.accepts(words)
    assert CALLED.accepts(said("a bit louder", confidence=0.65))
    assert not FOLLOWING.accepts(said("a bit louder", confidence=0.7))
    assert FOLLOWING.accepts(said("louder", confidence=0.65))
    assert not CALLED.accepts(said("[unk] [unk]"))


def test_a_whole_command_is_over_sooner_than_one_that_lacks_its_last_word() -> None:
    patience = Patience()

    def is_command(text: str) -> bool:
        return text.startswith("continue")

    def needed(text: str) -> float:
        return silence_needed_s(text, is_command, patience)

    assert needed("continue") == needed("continue for eight bars") == patience.complete_s
    assert needed("continue for") == needed("continue in a") == patience.open_s
    assert patience.complete_s < needed("continue for eight") < patience.open_s
    assert needed("blue horses") == patience.usual_s
    assert needed("") == patience.alone_s


def test_the_follow_up_time_begins_when_the_reply_has_ended() -> None:
    attention = Attention(follow_up_s=6.0)
    assert not attention.is_open(0.0)
    for now_s in (10.0, 11.0, 12.0):  # the reply is being said
        attention.answered(now_s)
    assert attention.is_open(17.9)
    assert not attention.is_open(18.1)
    assert attention.ended(18.1)
    assert not attention.ended(18.2), "told once"


def test_without_a_follow_up_time_a_call_still_waits_for_its_command() -> None:
    attention = Attention(follow_up_s=0.0)
    attention.called(1.0)
    assert attention.is_open(4.0)
    attention.close()
    attention.answered(5.0)
    assert not attention.is_open(5.1)


def test_one_frame_of_noise_breaks_no_silence() -> None:
    frames = iter([True, True, False, True, False, True, True])
    voice = VoiceActivity(lambda _frame: next(frames))
    silences = []
    for _ in range(7):
        voice.hear(np.zeros(FRAME, dtype=np.int16))
        silences.append(round(voice.silence_s, 2))
    assert silences == [0.02, 0.0, 0.02, 0.04, 0.06, 0.08, 0.0]


def told(watch: LevelWatch, block: np.ndarray, seconds: float) -> list[str]:
    sentences = (watch.hear(block) for _ in range(round(seconds / 0.02)))
    return [sentence for sentence in sentences if sentence]


def test_a_muted_microphone_is_told_once_until_it_is_heard_again() -> None:
    watch, silence = LevelWatch(), np.zeros(320, dtype=np.int16)
    assert told(watch, silence, 50.0) == []
    assert told(watch, silence, 130.0) == [MUTE]
    assert told(watch, np.full(320, 20, dtype=np.int16), 1.0) == []
    assert told(watch, silence, 130.0) == [MUTE]


def test_a_distorting_microphone_is_told_once() -> None:
    rng = np.random.default_rng(0)
    loud = np.clip(rng.normal(0, 60_000, 320), -32768, 32767).astype(np.int16)
    fair = (rng.normal(0, 3_000, 320)).astype(np.int16)
    assert told(LevelWatch(), fair, 20.0) == []
    assert told(LevelWatch(), loud, 20.0) == [LOUD]


def reads(name: str, confidence: float = 0.9) -> Callable[[str], Intent]:
    return lambda text: Intent(text, name, confidence, "embedded")


def test_the_verifier_decides_without_the_wake_word_when_the_model_has_one() -> None:
    unsure = said("a bit louder", confidence=0.7)
    lenient = Verifier({}, 2.0, several_words=0.5, one_word=0.5)
    strict = Verifier({}, -2.0, several_words=0.5, one_word=0.5)
    assert not Following().accepts(unsure)
    assert Following(lenient, reads("volume")).accepts(unsure)
    assert not Following(strict, reads("volume")).accepts(said("a bit louder"))


def test_no_verifier_makes_a_command_of_talk_or_of_what_is_not_understood_yet() -> None:
    lenient = Verifier({}, 2.0, several_words=0.5, one_word=0.5)
    assert not Following(lenient, reads("out_of_scope")).accepts(said("a bit louder"))
    assert not Following(lenient).accepts(said("a bit louder"))
    assert not Following(lenient, reads("volume")).accepts(said("[unk]"))


def test_notes_that_sound_ask_for_more_than_the_verifier() -> None:
    lenient = Verifier({}, 2.0, several_words=0.5, one_word=0.5)
    assert not Following(lenient, reads("volume")).accepts(
        said("a bit louder", confidence=0.8), is_music=True
    )
    assert Following(lenient, reads("volume")).accepts(
        said("a bit louder", confidence=0.95), is_music=True
    )
