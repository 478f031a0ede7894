"""Commands that begin with a slash: about the shell rather than about music."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from rapidfuzz import process

from assistant.cli.street import Street, engine_name
from assistant.contract import InputError, Intent, Reply
from assistant.found_skills import OWN_INTENTS
from assistant.settings import EngineName

if TYPE_CHECKING:
    from assistant.chat.conversation import Conversation


ALL_COMMANDS = "Every command with examples: docs/commands.md"


class SlashCommands:
    """The slash commands of a conversation."""

    def __init__(self, street: Street, conversation: Conversation) -> None:
        self._street = street
        self._conversation = conversation
        self._commands: dict[str, tuple[str, Callable[[str], Reply]]] = {
            "/phrase": ("FILE.mid: take a MIDI file as what you played", self._phrase),
            "/play": ("play on the computer's own keys", self._play),
            "/keyboard": ("[PORT]: listen to a MIDI port, or list them", self._keyboard),
            "/pedal": ("[learn|off]: the pedal that hands over", self._pedal),
            "/thru": ("[on|off]: sound your keys through Encore", self._thru),
            "/why": ("what the gate measured of the open answer", self._why),
            "/undo": ("open the answer before", self._undo),
            "/redo": ("open the answer that was undone", self._redo),
            "/reset": ('forget what you set with "from now on"', self._reset),
            "/engine": ("[auto|rasa|embedded]: who understands you", self._engine),
            "/wrong": ("[INTENT]: what the last sentence meant, kept for training", self._wrong),
            "/corrections": ("[forget NUMBER|all]: what you corrected", self._corrections),
            "/json": ("print JSON, or sentences again", self._json),
            "/help": ("this list", self._help),
            "/quit": ("leave", self._quit),
        }

    @property
    def summaries(self) -> dict[str, str]:
        """Command → what it does."""
        return {name: summary for name, (summary, _) in self._commands.items()}

    def run(self, line: str) -> Reply:
        """Carry out one command; raises EncoreError with a sentence."""
        name, _, argument = line.partition(" ")
        if name not in self._commands:
            near = process.extractOne(name, list(self._commands))
            hint = f" Did you mean {near[0]}?" if near and near[1] > 60 else " Try /help."
            raise InputError(f"There is no command {name}.{hint}")
        return self._commands[name][1](argument.strip())

    def _phrase(self, argument: str) -> Reply:
        from skills.music.midi_file import read_phrase

        if not argument:
            raise InputError("Name a MIDI file: /phrase FILE.mid")
        phrase = read_phrase(Path(argument.strip("\"'")).expanduser())
        self._street.music.hear(phrase)
        return Reply(f"{len(phrase)} notes in {phrase.length_s:.1f} seconds. Say: continue.")

    def _play(self, _argument: str) -> Reply:
        from skills.music.keyboard.terminal import read_phrase_from_terminal
        from skills.music.stage import LiveStage

        stage = self._street.music.stage()
        sounder = stage.player if isinstance(stage, LiveStage) else None
        phrase = read_phrase_from_terminal(sounder)
        if phrase is None or not len(phrase):
            return Reply("Nothing was played.")
        self._street.music.hear(phrase)
        return Reply(f"{len(phrase)} notes in {phrase.length_s:.1f} seconds. Say: continue.")

    def _keyboard(self, argument: str) -> Reply:
        from skills.music.keyboard.ports import input_names

        if argument:
            name = self._street.music.connect_midi(argument, print)
            if not name:
                there = ", ".join(input_names()) or "none"
                raise InputError(f"There is no keyboard called {argument!r}; there is: {there}.")
            return Reply(f"Listening to {name}.")
        names = input_names()
        if not names:
            return Reply("There is no MIDI keyboard. Try /play, or /phrase FILE.mid.")
        return Reply("MIDI inputs: " + ", ".join(names))

    def _pedal(self, argument: str) -> Reply:
        live = self._street.music.live
        if argument == "learn":
            live.learn_pedal()
            return Reply("Press the pedal you want.")
        if argument == "off":
            live.forget_pedal()
            return Reply("No pedal hands over.")
        if argument:
            raise InputError(f"A pedal can be learnt or switched off, not {argument}.")
        if live.pedal is None:
            return Reply("No pedal hands over. Type /pedal learn to choose one.")
        return Reply(f"Controller {live.pedal} hands over. /pedal off ends that.")

    def _thru(self, argument: str) -> Reply:
        if argument not in ("on", "off"):
            raise InputError("Say /thru on or /thru off.")
        if not self._street.music.live.use_thru(argument == "on"):
            raise InputError("That needs a keyboard and something to sound on.")
        return Reply(f"Your keys {'sound' if argument == 'on' else 'do not sound'} through Encore.")

    def _why(self, _argument: str) -> Reply:
        return Reply(self._street.music.why())

    def _undo(self, _argument: str) -> Reply:
        return self._conversation.act(Intent("undo", "undo", 1.0, "rules"))

    def _redo(self, _argument: str) -> Reply:
        return self._conversation.act(Intent("redo", "redo", 1.0, "rules"))

    def _reset(self, _argument: str) -> Reply:
        return self._street.music.forget_defaults()

    def _engine(self, argument: str) -> Reply:
        understanding = self._street.understanding
        if argument:
            if argument not in get_args(EngineName):
                raise InputError(f"An engine is auto, rasa or embedded, not {argument}.")
            understanding.engine = engine_name(argument) or "auto"
        return Reply(f"Engine: {understanding.engine}; answering now: {understanding.engine_now}.")

    def _wrong(self, argument: str) -> Reply:
        last = self._street.house.last_sentence
        if last is None:
            raise InputError("There is no sentence yet to correct.")
        if not argument:
            return self._street.house.ask_what_was_meant()
        known = sorted(OWN_INTENTS.union(*(s.intents for s in self._street.house.skills)))
        name = argument.replace(" ", "_")
        if name not in known:
            near = process.extractOne(name, known)
            hint = f"did you mean {near[0]}? " if near else ""
            raise InputError(f"Name what it meant: {hint}There are: {', '.join(known)}.")
        self._street.understanding.remember_correction(last.text, name)
        return Reply(f'Kept: "{last.text}" means {name}. The next training learns it.')

    def _corrections(self, argument: str) -> Reply:
        from assistant.understanding import places
        from assistant.understanding.corrections import FILE, recall
        from assistant.understanding.forgetting import forget_numbers

        path, intents = places.data_dir() / FILE, self._street.house.commands
        kept = recall(path, intents)
        verb, _, number = argument.partition(" ")
        if verb == "forget" and (number == "all" or number.isdecimal()):
            numbers = range(1, len(kept) + 1) if number == "all" else [int(number)]
            return Reply(forget_numbers(path, numbers, intents))
        if argument:
            raise InputError("Type /corrections, /corrections forget NUMBER or … forget all.")
        lines = [f"  {at:3}  {c.intent:14}  {c.text}" for at, c in enumerate(kept, start=1)]
        learn = "Learned by: encore train-nlu" if kept else "There are no corrections yet."
        return Reply("\n".join([*lines, learn]))

    def _json(self, _argument: str) -> Reply:
        self._conversation.in_json = not self._conversation.in_json
        return Reply("JSON." if self._conversation.in_json else "Sentences.")

    def _help(self, _argument: str) -> Reply:
        wide = max(map(len, self._commands))
        commands = [f"  {name:{wide}}  {summary}" for name, summary in self.summaries.items()]
        examples = [f"  {text}" for skill in self._street.house.skills for text in skill.examples]
        keys = "Ctrl-C cancels what runs and stops the music, Ctrl-D leaves."
        return Reply(
            "\n".join(["You can say:", *examples, "Commands:", *commands, keys, ALL_COMMANDS])
        )

    def _quit(self, _argument: str) -> Reply:
        return Reply("Goodbye.", ends_session=True)
