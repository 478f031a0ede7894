"""Verbs about what there is: record, describe, set, volume, stop."""

from __future__ import annotations

import re
from typing import Final

from assistant.contract import Intent, Reply, Turn
from skills.music import replies
from skills.music.describe import describe_phrase, describe_version
from skills.music.merging import ADJUSTABLE, with_parameters
from skills.music.room import Room

VOLUME_STEPS = {"little": 5, "": 15, "much": 30}
"""Percent."""
FORGET: Final = re.compile(
    r"\b(?:reset|forget|clear|delete|remove|restore|default|original|standard)\b.*"
    r"\b(?:defaults?|settings?|preferences|everything)\b"
)
"""A sentence that takes the defaults back: "reset the defaults", "use the default settings"."""
ANOTHER_LENGTH: Final = "another length"


class Keeping:
    """Recordings, words about the music, and the state of the session."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def record(self, intent: Intent, _turn: Turn) -> Reply:
        """Keep what was played, or (with a keyboard) all that is played from now on."""
        said = intent.parameters
        past = {"span", "duration_bars", "duration_seconds"} & said.keys()
        if not past and self._room.listening.keyboard is not None:
            self._room.listening.keyboard.start_take()
            return Reply(replies.reply("record", "started"))
        phrase = self._room.listening.span(said)
        if not len(phrase):
            return Reply(replies.reply("record", "nothing"))
        self._room.listening.keep(phrase)
        length, notes = replies.seconds(phrase.length_s), replies.notes(len(phrase))
        return Reply(replies.reply("record", "kept", length=length, notes=notes))

    def describe(self, _intent: Intent, _turn: Turn) -> Reply:
        """Tell key, tempo and length, and what the answer was asked to be."""
        version = self._room.session.history.current
        if version is not None:
            return Reply(describe_version(version))
        phrase = self._room.listening.phrase()
        if not len(phrase):
            return Reply(replies.reply("describe", "nothing"))
        return Reply(describe_phrase(phrase))

    def stop(self, _intent: Intent, _turn: Turn) -> Reply:
        """Be silent."""
        self._room.silence()
        return Reply(replies.reply("stop", "done"))

    def volume(self, intent: Intent, _turn: Turn) -> Reply:
        """Set or tell the playback volume."""
        said, before = intent.parameters, self._room.session.volume_percent
        if "volume_percent" in said:
            percent = round(float(said["volume_percent"]))
        elif "volume_change" in said:
            step = VOLUME_STEPS[str(said.get("amount", ""))]
            louder = said["volume_change"] == "louder"
            percent = max(0, min(100, before + (step if louder else -step)))
            if percent == before:
                return Reply(replies.reply("volume", "highest" if louder else "lowest"))
        else:
            return Reply(replies.reply("volume", "now", percent=before))
        self._room.session.volume_percent = percent
        self._room.stage().set_volume(percent)
        return Reply(replies.reply("volume", "changed", percent=percent))

    def set(self, intent: Intent, turn: Turn) -> Reply:
        """Change what is assumed from now on, in later sittings too."""
        said = intent.parameters
        if "volume_percent" in said:
            reply = self.volume(intent, turn)
            kept = self._room.stored.keep_volume(self._room.session.volume_percent)
            return reply if kept else Reply(f"{reply.text} {replies.reply('set', 'not_kept')}")
        if not ADJUSTABLE & said.keys():
            asked = FORGET.search(intent.text)
            return self.forget() if asked else _what_to_set(intent, turn)
        before = self._room.session.defaults
        after = self._room.session.defaults = with_parameters(before, said)
        items = replies.changes(said, again=False) or [ANOTHER_LENGTH]
        text = replies.reply("set", "done", changes=replies.listed(items))
        if not self._room.stored.keep(before, after):
            text = f"{text} {replies.reply('set', 'not_kept')}"
        return Reply(text)

    def forget(self) -> Reply:
        """Drop what was set from now on; the settings file holds again."""
        self._room.session.defaults = self._room.session.settings
        kept = self._room.stored.forget()
        return Reply(replies.reply("set", "forgotten" if kept else "not_forgotten"))


def _what_to_set(intent: Intent, turn: Turn) -> Reply:
    text = replies.reply("set", "no_change")
    return Reply(text, if_yes=intent, fills="*") if turn.asks else Reply(text)
