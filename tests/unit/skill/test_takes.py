from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.contract import InputError, Intent, Turn
from skills.music.midi_file import read_phrase
from skills.music.notes import Phrase
from skills.music.takes import Takes, safe_name
from tests.unit.skill.sitting import Sitting, scale


def test_save_keeps_phrase_answer_sound_and_how_it_was_made(sitting: Sitting) -> None:
    sitting.say("continue", mood="happy")
    reply = sitting.reply("save", name="morning song")
    assert reply.text == "Saved as morning song."
    assert [path.name for path in reply.files] == ["answer.mid", "answer.wav", "phrase.mid"]
    take = sitting.takes.find("morning song")
    assert take.details["seed"] == 1
    assert take.details["request"]["mood"] == "happy"
    assert len(read_phrase(take.folder / "phrase.mid")) == len(scale())


def test_a_format_that_was_asked_for_is_enough(sitting: Sitting) -> None:
    sitting.say("continue")
    files = sitting.reply("save", name="a", format="midi").files
    assert [path.suffix for path in files] == [".mid", ".mid"]


def test_saving_never_overwrites(sitting: Sitting) -> None:
    sitting.say("continue")
    assert sitting.say("save", name="blue") == "Saved as blue."
    assert sitting.say("save", name="blue") == "There is a blue already, so I saved it as blue-2."
    assert sitting.say("save", name="blue").endswith("blue-3.")
    assert [take.name for take in sitting.takes.list()] == ["blue", "blue-2", "blue-3"]


def test_without_an_answer_the_phrase_is_saved(sitting: Sitting) -> None:
    assert sitting.say("save", name="mine") == "Saved as mine."
    take = sitting.takes.find("mine")
    assert len(read_phrase(take.folder / "answer.mid")) == len(scale())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("save this as blue", "blue"),
        ("save it under the name last", "last"),
        ("call it morning", "morning"),
    ],
)
def test_a_name_that_was_not_marked_is_found_in_the_sentence(
    sitting: Sitting, text: str, name: str
) -> None:
    sitting.say("continue")
    reply = sitting.skill.handle(Intent(text, "save", 1.0, "embedded"), Turn())
    assert reply.text == f"Saved as {name}."


def test_a_format_is_no_name(sitting: Sitting) -> None:
    sitting.say("continue")
    said = Intent("save this as midi", "save", 1.0, "embedded", {"format": "midi"})
    reply = sitting.skill.handle(said, Turn())
    assert reply.text == "Saved as take. What shall I call it?"
    assert sitting.skill.handle(said, Turn(asks=False)).text == "Saved as take-2."


def test_saving_nothing_is_told(empty: Sitting) -> None:
    assert empty.say("save", name="x").startswith("There is nothing to save yet.")
    assert not empty.takes.folder.exists()


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("/abs/olute", "abs olute"),
        ("a\x00b\nc\td", "a b c d"),
        ("con", "con-take"),
        ("COM1", "COM1-take"),
        ("...", "take"),
        ("", "take"),
        ("  blue   moon ", "blue moon"),
        ("Übung №1", "Übung No1"),
        ("x" * 300, "x" * 60),
        ("🎹", "take"),
    ],
)
def test_hostile_names_become_plain_ones(wanted: str, name: str) -> None:
    assert safe_name(wanted) == name


@given(st.text(max_size=400))
def test_every_name_stays_inside_the_folder(wanted: str) -> None:
    name = safe_name(wanted)
    assert name
    assert Path(name).name == name
    assert name not in (".", "..")
    assert len(name.encode()) <= 200
    assert name == name.strip()


def test_a_save_that_fails_leaves_nothing_behind(sitting: Sitting) -> None:
    def fail(_phrase: Phrase, _program: int, _path: Path) -> None:
        raise InputError("The disk is full.")

    sitting.say("continue")
    takes = Takes(sitting.takes.folder, fail)
    version = sitting.session.history.current
    assert version is not None
    with pytest.raises(InputError, match="full"):
        takes.save(version, "blue", ("midi", "wav"))
    assert list(takes.folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(sitting: Sitting, tmp_path: Path) -> None:
    (tmp_path / "takes").write_text("a file in the way")
    sitting.say("continue")
    with pytest.raises(InputError, match="cannot be used as a folder"):
        sitting.say("save", name="blue")


def test_an_unknown_take_names_the_nearest(sitting: Sitting) -> None:
    sitting.say("continue")
    sitting.say("save", name="morning song")
    with pytest.raises(InputError, match=r"no take called mornin\. Did you mean morning song\?"):
        sitting.takes.find("mornin")


def test_a_take_without_a_name_is_asked_for(sitting: Sitting) -> None:
    sitting.say("continue")
    sitting.say("save", name="blue")
    with pytest.raises(InputError, match="Which take"):
        sitting.takes.find(" ")


def test_a_damaged_take_does_not_hide_the_others(sitting: Sitting) -> None:
    sitting.say("continue")
    sitting.say("save", name="good")
    bad = sitting.takes.folder / "bad"
    bad.mkdir()
    (bad / "take.json").write_text("{")
    assert [take.name for take in sitting.takes.list()] == ["good"]


def test_export_copies_and_never_overwrites(sitting: Sitting, tmp_path: Path) -> None:
    sitting.say("continue")
    sitting.say("save", name="blue", format="midi")
    files = sitting.takes.export("blue", tmp_path / "out")
    assert sorted(path.name for path in files) == ["blue-answer.mid", "blue-phrase.mid"]
    with pytest.raises(InputError, match="is there already"):
        sitting.takes.export("blue", tmp_path / "out")


def test_delete_removes_one_take(sitting: Sitting) -> None:
    sitting.say("continue")
    sitting.say("save", name="a")
    sitting.say("save", name="b")
    sitting.takes.delete("a")
    assert [take.name for take in sitting.takes.list()] == ["b"]


def test_the_index_of_a_take_is_plain_json(sitting: Sitting) -> None:
    sitting.say("continue")
    sitting.say("save", name="a")
    index = json.loads((sitting.takes.folder / "a" / "take.json").read_text())
    assert {"saved_at", "seed", "seconds", "notes", "request"} <= index.keys()
