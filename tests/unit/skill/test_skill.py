from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from assistant.contract import InputError, Intent, Turn
from assistant.found_skills import OWN_INTENTS, owners_of_intents
from skills.music import replies
from skills.music.notes import Note, Phrase
from tests.unit.skill.sitting import Sitting, scale

CONTRACT = """
    continue compose vary accompany suggest_chords jam record play_back stop adjust volume undo redo
    affirm deny save load like dislike learn describe metronome set help repeat greet goodbye
    out_of_scope
"""
CONTRACT_INTENTS = frozenset(CONTRACT.split())


def test_house_and_skill_own_every_intent_of_the_contract(empty: Sitting) -> None:
    assert set(owners_of_intents([empty.skill])) | OWN_INTENTS == CONTRACT_INTENTS


def test_continue_says_what_was_understood(sitting: Sitting) -> None:
    text = sitting.say("continue", mood="happy", key="F# minor", instrument="strings")
    assert text == "Here are five seconds, happy, in F sharp minor, on strings."
    phrase, request = sitting.generator.asked[0]
    assert phrase == scale()
    assert (request.mood, request.key, request.instrument) == ("happy", "F# minor", "strings")


def test_continue_tells_seconds_and_seed(sitting: Sitting) -> None:
    facts = sitting.reply("continue", duration_seconds=7.5).facts
    assert (facts["seconds"], facts["seed"], facts["notes"]) == (7.5, 1, 8)


def test_every_new_answer_has_a_new_seed(sitting: Sitting) -> None:
    sitting.say("continue")
    sitting.say("continue")
    assert [request.seed for _, request in sitting.generator.asked] == [1, 2]


def test_continue_without_a_phrase_offers_to_compose(empty: Sitting) -> None:
    reply = empty.reply("continue", mood="calm")
    assert reply.text.startswith("I have not heard a phrase yet. Play something first")
    assert reply.if_yes is not None
    assert empty.skill.handle(reply.if_yes, Turn()).text.startswith("Here are five seconds of")
    assert (empty.last_request.verb, empty.last_request.mood) == ("compose", "calm")


def test_compose_needs_no_phrase(empty: Sitting) -> None:
    assert empty.say("compose", mood="sad", amount="much") == (
        "Here are five seconds of something new, very sad."
    )
    assert empty.generator.asked[0][0] == Phrase()


def test_adjust_changes_the_last_request_and_keeps_phrase_and_seed(sitting: Sitting) -> None:
    sitting.say("continue", mood="happy", duration_seconds=6.0)
    text = sitting.say("adjust", mood="sad", register_change="higher", amount="little")
    assert text == "Again, a bit sadder and a bit higher: six seconds."
    (phrase, before), (again, after) = sitting.generator.asked
    assert phrase == again
    assert before.seed == after.seed
    assert (after.mood, after.seconds, after.register_shift) == ("sad", 6.0, 5)


def test_adjust_before_any_answer_answers_the_phrase(sitting: Sitting) -> None:
    assert sitting.say("adjust", mood="sad").startswith("Nothing to change yet, so I answer")
    assert sitting.last_request.mood == "sad"


def test_adjust_with_nothing_at_all_says_how_to_begin(empty: Sitting) -> None:
    assert empty.say("adjust", mood="sad").startswith("There is nothing to change yet.")


def test_adjust_asks_what_to_change(sitting: Sitting) -> None:
    assert sitting.say("adjust").startswith("What shall I change?")


def test_undo_and_redo_step_through_the_answers(sitting: Sitting) -> None:
    sitting.say("continue", mood="happy")
    sitting.say("adjust", mood="sad")
    assert sitting.say("undo") == "Back to the one before: five seconds, happy."
    assert sitting.say("redo") == "Forward again: five seconds, sadder."
    assert sitting.say("redo") == "There is nothing to redo."
    sitting.say("undo")
    assert sitting.say("undo") == "Taken back. No answer is open now."
    assert sitting.say("undo") == "There is nothing to undo."


def test_undo_plays_the_answer_before_again(sitting: Sitting) -> None:
    sitting.say("continue", duration_seconds=3.0)
    sitting.say("continue", duration_seconds=4.0)
    sitting.say("undo")
    assert [answer.seconds for answer in sitting.stage.presented] == [3.0, 4.0, 3.0]
    assert len(sitting.generator.asked) == 2  # it is kept, not made again


def test_a_new_answer_after_undo_drops_what_was_undone(sitting: Sitting) -> None:
    sitting.say("continue")
    sitting.say("undo")
    sitting.say("continue")
    assert sitting.say("redo") == "There is nothing to redo."


def test_adjust_after_undo_changes_the_answer_that_is_open(sitting: Sitting) -> None:
    sitting.say("continue", mood="happy")
    sitting.say("adjust", mood="dark")
    sitting.say("undo")
    sitting.say("adjust", tempo_change="faster")
    assert sitting.last_request.mood == "happy"


def test_a_cancelled_turn_leaves_no_answer_behind(sitting: Sitting) -> None:
    turn = Turn(Event())
    sitting.generator.during = turn.cancelled.set
    reply = sitting.skill.handle(Intent("x", "continue", 1.0, "rules"), turn)
    assert reply.text == "Stopped."
    assert sitting.stage.presented == []
    assert sitting.say("undo") == "There is nothing to undo."


def test_music_stops_before_new_music_is_made(sitting: Sitting) -> None:
    sitting.say("continue")
    stops: list[int] = []
    sitting.generator.during = lambda: stops.append(sitting.stage.stops)
    sitting.say("continue")
    assert stops == [1]


def test_stop_before_anything_opens_no_device(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    assert sitting.say("stop") == "Stopped."
    assert sitting.stage.stops == 0


def test_play_back_plays_the_last_answer(sitting: Sitting) -> None:
    sitting.say("continue")
    assert sitting.say("play_back") == "Once more: five seconds."


def test_play_back_prefers_a_newer_recording(sitting: Sitting) -> None:
    sitting.say("continue")
    assert sitting.say("record", span="past") == "Kept: four seconds, eight notes."
    assert sitting.say("play_back") == "This is your recording: four seconds."


def test_play_back_of_what_was_played(sitting: Sitting) -> None:
    assert sitting.say("play_back") == "This is what you played: four seconds."


def test_play_back_of_nothing_is_told(empty: Sitting) -> None:
    assert empty.say("play_back").startswith("There is nothing to play back yet.")


def test_record_keeps_the_last_seconds(sitting: Sitting) -> None:
    assert sitting.say("record", duration_seconds=2.0).startswith("Kept: two seconds")


def test_record_of_nothing_is_told(empty: Sitting) -> None:
    assert empty.say("record", span="past").startswith("I have heard nothing to keep.")


def test_volume_moves_by_steps_and_says_where_it_is(sitting: Sitting) -> None:
    assert sitting.say("volume", volume_percent=30) == "Volume 30 percent."
    assert sitting.say("volume", volume_change="louder") == "Volume 45 percent."
    assert sitting.say("volume", volume_change="quieter", amount="little") == "Volume 40 percent."
    assert sitting.stage.volume == 40
    assert sitting.say("volume") == "The volume is 40 percent."


def test_volume_has_ends(sitting: Sitting) -> None:
    sitting.say("volume", volume_percent=100)
    assert sitting.say("volume", volume_change="louder") == "The volume is at its highest."
    sitting.say("volume", volume_percent=0)
    assert sitting.say("volume", volume_change="quieter") == "The volume is at zero."


def test_describe_tells_key_tempo_and_length_of_the_phrase(sitting: Sitting) -> None:
    text = sitting.say("describe")
    assert text.startswith("You played eight notes in four seconds, in C major")


def test_describe_tells_what_was_asked_and_the_seed(sitting: Sitting) -> None:
    sitting.say("continue", instrument="flute")
    sitting.say("adjust", mood="sad")
    text = sitting.say("describe")
    assert "My answer has eight notes in five seconds" in text
    assert "at 96 beats per minute, on the flute; you asked for: sad." in text
    assert text.endswith("Its seed is 1.")


def test_describe_names_the_chords_that_fit(empty: Sitting) -> None:
    chords = [[60, 64, 67], [65, 69, 72], [67, 71, 74], [60, 64, 67]]
    notes = [Note(2.0 * n, pitch, 1.9, 80) for n, chord in enumerate(chords) for pitch in chord]
    empty.skill.hear(Phrase(tuple(notes), 8.0))
    assert "Chords that fit it: C, F, G and C." in empty.say("describe")


def test_describe_tells_all_that_was_asked_and_what_was_changed_last(sitting: Sitting) -> None:
    sitting.say("continue", mood="sad", amount="much")
    sitting.say("adjust", key="D major", instrument="strings")
    sitting.say("adjust", register_change="lower")
    text = sitting.say("describe")
    assert "on strings; you asked for: very sad, lower and in D major." in text
    assert "The last change was: lower." in text


def test_the_key_that_small_sounds_are_tuned_to_is_that_of_the_music(
    sitting: Sitting, empty: Sitting
) -> None:
    assert empty.skill.key_name() == "C major"
    sitting.skill.hear(scale().transposed(2))
    assert sitting.skill.key_name() == "D major"


def test_describe_of_nothing_is_told(empty: Sitting) -> None:
    assert empty.say("describe").startswith("There is nothing to describe yet.")


def test_set_changes_what_is_assumed(sitting: Sitting) -> None:
    assert sitting.say("set", instrument="strings", mood="calm") == (
        "From now on: calm and on strings."
    )
    sitting.say("continue")
    assert (sitting.last_request.instrument, sitting.last_request.mood) == ("strings", "calm")
    sitting.say("continue", mood="happy")
    assert (sitting.last_request.instrument, sitting.last_request.mood) == ("strings", "happy")


def test_set_without_anything_asks(sitting: Sitting) -> None:
    assert sitting.say("set").startswith("What shall I set?")


def test_an_instrument_that_is_not_there_is_told(sitting: Sitting) -> None:
    with pytest.raises(InputError, match="I have no kazoo"):
        sitting.say("continue", instrument="kazoo")


@pytest.mark.parametrize(
    "intent",
    sorted(replies.unbuilt_intents()),
)
def test_what_is_not_built_is_said_and_something_near_is_offered(
    sitting: Sitting, intent: str
) -> None:
    text = sitting.say(intent)
    assert "yet" in text
    assert sitting.generator.asked == []


def test_a_phrase_that_is_handed_in_replaces_the_one_before(sitting: Sitting) -> None:
    other = scale(6.0, root=55)
    sitting.skill.hear(other)
    sitting.say("continue")
    assert sitting.generator.asked[0][0] == other


class Keys:
    """A keyboard whose playing a test decides."""

    def __init__(self) -> None:
        self.played = Phrase()
        self.caught: Phrase | None = None
        self.closed = False

    def last_phrase(self) -> Phrase:
        return self.played

    def last_seconds(self, seconds: float) -> Phrase:
        assert seconds > 0
        return self.played

    def start_take(self) -> None:
        self.caught = Phrase()

    def take(self) -> Phrase | None:
        caught, self.caught = self.caught, None
        return caught

    def close(self) -> None:
        self.closed = True


def test_what_is_played_on_the_keyboard_replaces_an_older_file(sitting: Sitting) -> None:
    keys = Keys()
    sitting.skill.connect(keys)
    sitting.say("continue")
    keys.played = scale(3.0, root=48)
    sitting.say("continue")
    assert [phrase for phrase, _ in sitting.generator.asked] == [scale(), keys.played]


def test_a_file_replaces_what_was_played_before_it(sitting: Sitting) -> None:
    keys = Keys()
    keys.played = scale(3.0, root=48)
    sitting.skill.connect(keys)
    sitting.skill.hear(scale(2.0))
    sitting.say("continue")
    assert sitting.generator.asked[0][0] == scale(2.0)


def test_recording_from_now_on_is_what_is_continued(empty: Sitting) -> None:
    keys = Keys()
    empty.skill.connect(keys)
    assert empty.say("record").startswith("I am listening.")
    keys.caught = scale(8.0)
    empty.say("volume", volume_percent=50)  # the recording goes on
    empty.say("continue")
    assert empty.generator.asked[0][0] == scale(8.0)
    empty.skill.close()
    assert keys.closed
