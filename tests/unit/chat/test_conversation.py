from __future__ import annotations

import io
import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.chat.conversation import Conversation
from assistant.chat.show import reply_lines, understood
from assistant.cli.street import ChosenEngine, Street
from assistant.contract import EngineError, Intent, ParameterValue, Reply
from assistant.house import House
from assistant.settings import Settings
from assistant.understanding.corrections import FILE, Correction, remember
from skills.music.midi_file import write_phrase
from tests.unit.skill.sitting import Sitting, scale

SENTENCES: dict[str, tuple[str, dict[str, ParameterValue]]] = {
    "continue what i play in a happy mood": ("continue", {"mood": "happy"}),
    "sadder": ("adjust", {"mood": "sad"}),
    "goodbye": ("goodbye", {}),
    "what can you do": ("help", {}),
}


class Service:
    """Understands three sentences, and keeps corrections."""

    engine_now = "embedded"

    def __init__(self) -> None:
        self.engines: list[str] = []
        self.corrections: list[tuple[str, str]] = []
        self.closed = False

    def parse(self, text: str, engine: str = "auto") -> Intent:
        self.engines.append(engine)
        name, said = SENTENCES.get(text, ("out_of_scope", {}))
        return Intent(text, name, 0.97, "rasa", said)

    def parse_as(self, text: str, intent: str) -> Intent:
        return Intent(text, intent, 1.0, "embedded", SENTENCES.get(text, ("", {}))[1])

    def remember_correction(self, text: str, intent: str) -> None:
        self.corrections.append((text, intent))

    def close(self) -> None:
        self.closed = True


class Talk:
    """A conversation and what it printed."""

    def __init__(self, folder: Path, *, in_json: bool = False) -> None:
        self.sitting, self.service = Sitting(folder), Service()
        engine = ChosenEngine(lambda: self.service, "auto")  # type: ignore[arg-type,return-value]
        house = House(engine, [self.sitting.skill], keep_correction=engine.remember_correction)
        self.street = Street(Settings(), engine, house, self.sitting.skill, folder, ())
        self.printed: list[str] = []
        self.conversation = Conversation(self.street, self.printed.append, in_json=in_json)

    def type(self, line: str) -> list[str]:
        """Type a line; return what was printed for it."""
        self.printed.clear()
        self.goes_on = self.conversation.answer(line)
        return list(self.printed)


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    talk = Talk(tmp_path)
    talk.sitting.skill.hear(scale())
    return talk


def test_one_line_shows_what_was_understood(talk: Talk) -> None:
    assert talk.type("continue what i play in a happy mood") == [
        "  continue · happy · 0.97 · rasa",
        "Here are five seconds, happy.",
        "  seed 1",
    ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"tempo_bpm": 90, "key": "F# minor"}, "90 bpm · F# minor"),
        ({"tempo_change": "faster", "amount": "little"}, "faster · a bit"),
        ({"density_change": "more"}, "density more"),
        ({"duration_seconds": 7.5}, "7.5 s"),
    ],
)
def test_parameters_are_shown_in_words(said: dict[str, ParameterValue], words: str) -> None:
    assert understood(Intent("x", "adjust", 1.0, "rules", said)) == (
        f"adjust · {words} · 1.00 · rules"
    )


def test_files_are_named_under_the_reply() -> None:
    assert reply_lines(Reply("Done.", (Path("a.mid"),))) == ["Done.", "  a.mid"]


def test_the_line_about_understanding_can_be_switched_off(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    quiet = Settings.model_validate({"chat": {"show_understanding": False}})
    street = replace(talk.street, settings=quiet)
    Conversation(street, talk.printed.append).answer("goodbye")
    assert talk.printed == ["Goodbye."]


def test_json_is_one_object_a_line(tmp_path: Path) -> None:
    talk = Talk(tmp_path, in_json=True)
    talk.sitting.skill.hear(scale())
    (line,) = talk.type("continue what i play in a happy mood")
    assert json.loads(line) == {
        "text": "continue what i play in a happy mood",
        "intent": "continue",
        "confidence": 0.97,
        "engine": "rasa",
        "parameters": {"mood": "happy"},
        "reply": "Here are five seconds, happy.",
        "files": [],
        "seconds": 5.0,
        "seed": 1,
        "notes": 8,
        "answer": 1,
    }


def test_goodbye_ends_the_conversation(talk: Talk) -> None:
    assert talk.type("goodbye")[-1] == "Goodbye."
    assert not talk.goes_on


def test_an_empty_line_says_nothing(talk: Talk) -> None:
    assert talk.type("   ") == []
    assert talk.goes_on


def test_undo_and_redo_need_no_understanding(talk: Talk) -> None:
    talk.type("continue what i play in a happy mood")
    talk.type("sadder")
    assert talk.type("/undo")[0] == "Back to the one before: five seconds, happy."
    assert talk.type("/redo")[0] == "Forward again: five seconds, sadder."
    assert len(talk.service.engines) == 2


def test_why_tells_what_the_gate_measured(talk: Talk) -> None:
    assert talk.type("/why") == ["There is no answer yet. Play something and say continue."]
    talk.sitting.generator.report = {"key_fit": 0.9, "of_tomorrow": 2.0}
    talk.type("continue what i play in a happy mood")
    told = "\n".join(talk.type("/why"))
    assert "key_fit         0.900  pitch classes against those of the phrase" in told
    assert "of_tomorrow     2.000" in told
    talk.sitting.generator.report = {}
    talk.type("sadder")
    assert talk.type("/why")[0].startswith("The gate measured nothing here")


def test_a_phrase_is_taken_from_a_file(talk: Talk, tmp_path: Path) -> None:
    write_phrase(scale(3.0), path := tmp_path / "my phrase.mid")
    assert talk.type(f"/phrase {path}") == ["8 notes in 3.0 seconds. Say: continue."]
    assert talk.type("/phrase")[0].startswith("Name a MIDI file")


def test_a_missing_phrase_is_told(talk: Talk, tmp_path: Path) -> None:
    (line,) = talk.type(f"/phrase {tmp_path / 'none.mid'}")
    assert "none.mid" in line
    assert talk.goes_on


def test_the_engine_can_be_chosen(talk: Talk) -> None:
    assert talk.type("/engine embedded") == ["Engine: embedded; answering now: embedded."]
    talk.type("sadder")
    assert talk.service.engines == ["embedded"]
    assert talk.type("/engine alexa") == ["An engine is auto, rasa or embedded, not alexa."]


def test_defaults_are_forgotten_on_request(talk: Talk) -> None:
    assert talk.type("/reset") == ["Forgotten. Your settings file holds again."]


def test_a_wrong_sentence_is_kept_with_what_it_meant(talk: Talk) -> None:
    assert talk.type("/wrong undo") == ["There is no sentence yet to correct."]
    talk.type("make it vanish")
    assert "did you mean undo?" in talk.type("/wrong undoo")[0]
    assert talk.type("/wrong undo")[0].startswith('Kept: "make it vanish" means undo.')
    assert talk.service.corrections == [("make it vanish", "undo")]


def test_json_can_be_switched_on_in_the_middle(talk: Talk) -> None:
    assert json.loads(talk.type("/json")[0])["reply"] == "JSON."
    assert talk.type("/json") == ["Sentences."]


def test_help_lists_examples_and_commands(talk: Talk) -> None:
    (text,) = talk.type("/help")
    assert "continue what i play in a happy mood" in text
    assert all(name in text for name in talk.conversation.commands)


def test_help_in_words_points_to_the_whole_list(talk: Talk) -> None:
    assert "docs/commands.md" in talk.type("what can you do")[-1]
    talk.conversation.in_json = True
    assert len(talk.type("what can you do")) == 1


def test_an_unknown_command_names_the_nearest(talk: Talk) -> None:
    assert talk.type("/udno") == ["There is no command /udno. Did you mean /undo?"]


def test_quit_leaves(talk: Talk) -> None:
    talk.type("/quit")
    assert not talk.goes_on


@pytest.mark.parametrize("word", ["quit", "exit", " Quit "])
def test_what_leaves_every_shell_leaves_this_one(talk: Talk, word: str) -> None:
    assert talk.conversation.answer(word) is False
    assert talk.service.engines == []


def test_the_computer_piano_needs_a_terminal(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert talk.type("/play") == ["The computer's keys can be played in a terminal only."]


def test_control_c_cancels_the_turn_and_the_conversation_goes_on(talk: Talk) -> None:
    talk.type("continue what i play in a happy mood")  # opens the stage
    before = talk.sitting.stage.stops

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(500):  # making music stops what sounds; the interrupt does so once more
            if talk.sitting.stage.stops > before + 1:
                return
            time.sleep(0.01)

    talk.sitting.generator.during = interrupt
    assert talk.type("sadder")[-1] == "Stopped."
    assert talk.goes_on
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_stop_waits_for_no_engine() -> None:
    def never() -> Service:
        raise AssertionError("stop asked for the engine")

    engine = ChosenEngine(never, "auto")  # type: ignore[arg-type]
    assert engine.parse("Maestro, stop, please!").name == "stop"
    with pytest.raises(AssertionError):
        engine.parse("sadder")


def test_corrections_are_listed_and_forgotten(
    talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path))
    assert talk.type("/corrections") == ["There are no corrections yet."]
    remember(tmp_path / FILE, Correction("blow it up", "volume"))
    assert "blow it up" in talk.type("/corrections")[0]
    assert "/corrections forget NUMBER" in talk.type("/corrections drop 1")[0]
    assert talk.type("/corrections forget 2")[0].startswith("There is no correction 2")
    assert talk.type("/corrections forget all") == ["1 correction forgotten."]


def test_wrong_alone_asks_what_was_meant(talk: Talk) -> None:
    talk.type("make it vanish")
    assert talk.type("/wrong")[0].startswith("Sorry. What did you mean?")
    assert talk.type("sadder")[-2:][0].startswith("Noted.")
    assert talk.service.corrections == [("make it vanish", "adjust")]


def test_an_engine_that_does_not_start_is_told_when_it_is_asked(tmp_path: Path) -> None:
    def fail() -> Service:
        raise EngineError("The embedded engine has no data.")

    talk = Talk(tmp_path)
    engine = ChosenEngine(fail, "auto")  # type: ignore[arg-type]
    house = House(engine, [talk.sitting.skill])
    street = Street(Settings(), engine, house, talk.sitting.skill, tmp_path, ())
    Conversation(street, talk.printed.append).answer("sadder")
    assert talk.printed == ["The embedded engine has no data."]
