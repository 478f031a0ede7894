"""What is set "from now on" holds in the next sitting too."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from assistant.contract import Intent, Turn
from skills.music.defaults import StoredDefaults
from skills.music.index import Index
from skills.music.request import Request
from tests.unit.skill.sitting import Sitting, scale


def later(folder: Path) -> Sitting:
    """Return another sitting of the same user, at which a scale was played."""
    sitting = Sitting(folder)
    sitting.skill.hear(scale())
    return sitting


def test_from_now_on_holds_in_the_next_sitting(tmp_path: Path) -> None:
    assert later(tmp_path).say("set", instrument="strings") == "From now on: on strings."
    later(tmp_path).say("set", mood="calm", amount="much", tempo_change="faster")
    sitting = later(tmp_path)
    sitting.say("continue")
    asked = sitting.last_request
    assert (asked.instrument, asked.mood, asked.mood_strength) == ("strings", "calm", 2.0)
    assert asked.tempo_factor == pytest.approx(1.6)
    sitting.say("continue", instrument="harp")
    assert sitting.last_request.instrument == "harp"


def test_a_length_in_bars_replaces_one_in_seconds(tmp_path: Path) -> None:
    later(tmp_path).say("set", duration_seconds=7.0)
    later(tmp_path).say("set", duration_bars=4)
    defaults = later(tmp_path).session.defaults
    assert (defaults.seconds, defaults.bars) == (None, 4)


def test_the_volume_from_now_on_is_kept_and_volume_alone_is_not(tmp_path: Path) -> None:
    later(tmp_path).say("volume", volume_percent=10)
    assert later(tmp_path).session.volume_percent == 80
    later(tmp_path).say("set", volume_percent=30)
    assert later(tmp_path).session.volume_percent == 30


@pytest.mark.parametrize(
    "text", ["reset the defaults", "forget my settings", "use the default settings again"]
)
def test_what_was_set_can_be_forgotten(tmp_path: Path, text: str) -> None:
    first = later(tmp_path)
    first.say("set", instrument="strings")
    reply = first.skill.handle(Intent(text, "set", 1.0, "rules"), Turn())
    assert reply.text.startswith("Forgotten.")
    assert first.session.defaults.instrument is None
    assert later(tmp_path).session.defaults == Request()


def test_forgetting_leaves_the_settings_file_and_the_takes(tmp_path: Path) -> None:
    sitting = later(tmp_path)
    sitting.session.settings = Request(mood="dark")
    sitting.say("continue")
    sitting.say("save", name="blue")
    sitting.skill.forget_defaults()
    assert sitting.session.defaults.mood == "dark"
    assert [take.name for take in sitting.takes.list()] == ["blue"]


def test_a_sitting_that_sets_nothing_leaves_no_file(tmp_path: Path) -> None:
    later(tmp_path).say("continue")
    later(tmp_path).skill.forget_defaults()
    assert list(tmp_path.iterdir()) == []


def test_defaults_that_cannot_be_written_hold_for_the_sitting(tmp_path: Path) -> None:
    (tmp_path / "takes").write_text("a file in the way")
    sitting = later(tmp_path)
    assert sitting.say("set", mood="sad").endswith("so it holds until you leave.")
    assert sitting.session.defaults.mood == "sad"


def test_kept_values_that_are_wrong_are_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index = Index(tmp_path / "takes.sqlite3")
    wrong = {"mood": "blah", "instrument": "kazoo", "key": "H", "tempo_bpm": "fast", "seed": 3}
    index.put_defaults({**wrong, "verb": "compose", "density": True, "style": "jazz"})
    with caplog.at_level(logging.WARNING):
        assert StoredDefaults(index).applied_to(Request()) == Request(style="jazz")
    assert len(caplog.messages) == 7
