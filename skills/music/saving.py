"""Verbs about takes: save under a name, and open again."""

from __future__ import annotations

import logging
import re
from dataclasses import fields, replace
from typing import Any, Final

from rapidfuzz import process

from assistant.contract import Choice, EncoreError, InputError, Intent, Reply, Turn
from skills.music import replies
from skills.music.generator.answer import Answer
from skills.music.instruments import program_of
from skills.music.midi_file import read_phrase
from skills.music.notes import Phrase
from skills.music.request import Request
from skills.music.room import Room, as_answer
from skills.music.session import Draft, Version
from skills.music.takes import DEFAULT_NAME, Take, safe_name

NAMED: Final = re.compile(
    r"\b(?:as|under|called|named|(?:call|name) (?:it|this|that)) (?:the name )?(?P<name>\S.*)$"
)
"""The end of a sentence that gives a name: "save this as blue", "call it blue"."""
CLOSE_NAME: Final = 85.0
"""Likeness (rapidfuzz WRatio, 0..100) from which a name that was heard is the name of a take."""
NEAR_NAME: Final = 55.0
"""From here on it is offered."""
LISTED: Final = 4
"""So many takes are offered by letter, the newest first."""
log = logging.getLogger(__name__)


class Saving:
    """Takes, written and read."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def save(self, intent: Intent, turn: Turn) -> Reply:
        """Keep the open answer (or the recording, when it is newer); ask for a name without one."""
        version, draft = self._saveable(), self._room.session.draft
        if version is None:
            return Reply(replies.reply("save", "nothing"))
        name = said_name(intent)
        names_draft = bool(name) and draft is not None and draft.version == version
        formats = _formats(intent, draft if names_draft else None)
        wanted = safe_name(name or DEFAULT_NAME)
        take = self._room.takes.save(version, wanted, formats)
        self._room.session.draft = None if name else Draft(version, take.name, formats)
        if names_draft and draft is not None:
            self._drop(draft.name)
        facts = {"name": take.name}
        if not name and turn.asks:
            text = replies.reply("save", "unnamed", name=take.name)
            return Reply(text, take.files, facts=facts, if_yes=intent, fills="name")
        case = "renamed" if name and take.name != wanted else "done"
        text = replies.reply("save", case, name=take.name, wanted=wanted)
        return Reply(text, take.files, facts=facts)

    def _drop(self, name: str) -> None:
        """Remove the take without a name that has one now."""
        try:
            self._room.takes.delete(name)
        except EncoreError as error:  # the take with the name is there: one too many is no harm
            log.warning("%s", error)

    def _saveable(self) -> Version | None:
        listening, current = self._room.listening, self._room.session.history.current
        if current is not None and not listening.recording_is_newest:
            return current
        phrase = listening.phrase()
        if not len(phrase):
            return None
        return Version(Phrase(), self._room.session.defaults, as_answer(phrase), "recording")

    def load(self, intent: Intent, turn: Turn) -> Reply:
        """Open a take by its name, or the nearest one; without a name, ask which."""
        takes = [take for take in self._room.takes.list() if not take.missing]
        if not takes:
            return Reply(replies.reply("load", "nothing"))
        name = said_name(intent)
        if "choice" in intent.parameters:
            return self._opened(_numbered(takes, int(intent.parameters["choice"])))
        if not name:
            return _which(takes, intent, turn)
        near = process.extractOne(name, [t.name for t in takes], processor=str.lower)
        take = takes[near[2]]
        if near[1] >= CLOSE_NAME:
            return self._opened(take)
        if near[1] < NEAR_NAME:
            names = replies.listed([t.name for t in takes[-LISTED:]])
            return Reply(replies.reply("load", "unknown", wanted=name, names=names))
        text = replies.reply("load", "near", wanted=name, name=take.name)
        return Reply(text, if_yes=_open(intent, take))

    def _opened(self, take: Take) -> Reply:
        version = version_of(take)
        self._room.silence()
        self._room.session.history.add(version)
        self._room.listening.recording_is_newest = False
        length = replies.seconds(version.answer.seconds)
        text = replies.reply("load", "done", name=take.name, length=length)
        return Reply(text, facts={"name": take.name, "seconds": round(version.answer.seconds, 3)})


def version_of(take: Take) -> Version:
    """Return a take as the version that was saved; InputError when its music cannot be read."""
    answer = read_phrase(take.folder / "answer.mid")
    phrase_file = take.folder / "phrase.mid"
    phrase = read_phrase(phrase_file) if phrase_file.exists() else Phrase()
    details = take.details
    request = _request(details.get("request"))
    seconds = float(details.get("seconds") or answer.length_s)
    made = Answer(
        replace(answer, length_s=max(seconds, answer.length_s)),
        seconds,
        seed=int(details.get("seed") or 0),
        program=program_of(request.instrument),
        tempo_bpm=details.get("tempo_bpm"),
        model=str(details.get("model") or ""),
    )
    return Version(phrase, request, made, str(details.get("changed") or ""))


def _request(kept: Any) -> Request:
    """Return the request of a take; what is wrong in it is left out."""
    known = {f.name for f in fields(Request)}
    values = {n: v for n, v in kept.items() if n in known} if isinstance(kept, dict) else {}
    try:
        return Request(**values)
    except (TypeError, ValueError) as error:
        log.warning("A take's request is left out: %s.", error)
        return Request()


def _numbered(takes: list[Take], number: int) -> Take:
    if number > len(takes):
        count = replies.number(len(takes))
        raise InputError(replies.reply("choice", "takes", count=count))
    return takes[number - 1]


def _which(takes: list[Take], intent: Intent, turn: Turn) -> Reply:
    """Ask which take to open: the newest ones by letter."""
    newest = takes[: -LISTED - 1 : -1]
    if len(newest) == 1 or not turn.asks:
        plain = "; ".join(take.name for take in newest)
        text = replies.reply("load", "which", names=plain)
        return Reply(text, if_yes=_open(intent, newest[0])) if turn.asks else Reply(text)
    choices = tuple(Choice(take.name, _open(intent, take)) for take in newest)
    names = [f"{letter}, {c.words}" for letter, c in zip("ABCD", choices, strict=False)]
    lettered = "; ".join([*names[:-1], f"or {names[-1]}"])
    return Reply(replies.reply("load", "which", names=lettered), choices=choices)


def _open(intent: Intent, take: Take) -> Intent:
    return Intent(intent.text, "load", 1.0, intent.engine, {"name": take.name})


def _formats(intent: Intent, draft: Draft | None) -> tuple[str, ...]:
    if "format" in intent.parameters:
        return ("midi", str(intent.parameters["format"]))
    return draft.formats if draft is not None else ("midi", "wav")


def said_name(intent: Intent) -> str:
    """Return the name that was said, "" for none.

    A name of one common word ("save this as blue") can escape whoever marks names in sentences;
    then the end of the sentence is taken, unless it tells a format ("save it as midi").
    """
    if "name" in intent.parameters or "format" in intent.parameters:
        return str(intent.parameters.get("name", ""))
    found = NAMED.search(intent.text)
    return found["name"] if found else ""
