"""What a recogniser is told to expect is what understanding understands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assistant.ears.vosk_recogniser import Recogniser
from assistant.understanding.sentences import grammar_of
from skills.music.skill import MusicSkill


def test_a_grammar_holds_commands_with_and_without_the_call_and_room_for_other_speech() -> None:
    grammar = grammar_of([MusicSkill.nlu_dir], "maestro", per_intent=5)
    assert grammar[:2] == ["[unk]", "maestro"]
    assert grammar == grammar_of([MusicSkill.nlu_dir], "maestro", per_intent=5)
    called = [text for text in grammar if text.startswith("maestro ")]
    assert 0.3 < len(called) / len(grammar) < 0.7
    assert any("stop" in text.split() for text in grammar)


def test_what_is_expected_reaches_every_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    vosk = pytest.importorskip("vosk")
    told: list[tuple[Any, ...]] = []

    class Fake:
        def __init__(self, *arguments: Any) -> None:
            told.append(arguments[2:])

        def SetWords(self, _on: bool) -> None:  # noqa: N802 - Vosk's own name
            pass

    monkeypatch.setattr(vosk, "KaldiRecognizer", Fake)
    recogniser = Recogniser(None, "small", takes_grammar=True)
    recogniser.stream()
    recogniser.expect(["stop", "[unk]"])
    recogniser.stream()
    assert told == [(), (json.dumps(["stop", "[unk]"]),)]
