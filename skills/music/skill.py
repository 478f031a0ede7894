"""The music skill: which verb carries out which intent, and of what parts it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from assistant.contract import InputError, Intent, ParameterValue, Reply, SkillContext, Turn
from skills.music import replies
from skills.music.again import Again, choice_in, open_choice
from skills.music.ahead import Ahead
from skills.music.commands import commands, help_on
from skills.music.defaults import StoredDefaults
from skills.music.describe import clear_key
from skills.music.handover.build import make_partner
from skills.music.handover.live import LiveMusic
from skills.music.instruments import PROGRAMS
from skills.music.keeping import Keeping
from skills.music.lazy import Lazy
from skills.music.listening import Listening
from skills.music.making import Making
from skills.music.notes import Phrase
from skills.music.options import LiveOptions, MusicOptions, options_from
from skills.music.parameters import checked
from skills.music.parts import Keyboard, MusicGenerator
from skills.music.player.outputs import Tap
from skills.music.reasons import reasons
from skills.music.room import Room
from skills.music.saving import Saving
from skills.music.session import Session
from skills.music.stage import FileStage, LiveStage, Stage, write_sound
from skills.music.suggesting import Suggesting
from skills.music.takes import Takes
from skills.music.turn_music import TurnMusic

KEEPS_TAKE_OPEN = frozenset({"record", "volume", "stop", "metronome"})
"""A recording from now on goes on through these commands; every other one ends it."""


class MusicSkill:
    """Continues, composes, changes, plays back and keeps music."""

    name = "music"
    nlu_dir = Path(__file__).with_name("nlu")
    examples: tuple[str, ...] = (
        "continue what i play in a happy mood",
        "compose something calm",
        "sadder",
        "a bit faster",
        "an octave higher on strings",
        "scrap that",
        "play it again",
        "keep what i just played",
        "save this as morning",
        "what key is this",
        "louder",
        "always answer on strings",
        "stop",
    )

    commands = commands()
    careful = frozenset({"save", "load", "learn"})

    def __init__(
        self,
        generator: Callable[[], MusicGenerator],
        stage: Callable[[], Stage],
        takes: Takes,
        *,
        keyboard: Keyboard | None = None,
        session: Session | None = None,
        live: LiveOptions = LiveOptions(),  # noqa: B008 - frozen
    ) -> None:
        parts = (Lazy(generator), Lazy(stage), session or Session(), Listening(keyboard))
        self._room = Room(
            generator=parts[0],
            stage=parts[1],
            takes=takes,
            listening=parts[3],
            session=parts[2],
            stored=StoredDefaults(takes.index),
            partner=make_partner(*parts, live.when_player_returns),
            ahead=Ahead(parts[0]),
        )
        self._take_up_defaults()
        self._turn_music = TurnMusic(self._room)
        making, keeping = Making(self._room), Keeping(self._room)
        again, saving = Again(self._room, making), Saving(self._room)
        self._keeping, self._making = keeping, making
        self._verbs: dict[str, Callable[[Intent, Turn], Reply]] = {
            "continue": making.continue_,
            "compose": making.compose,
            "adjust": making.adjust,
            "vary": making.vary,
            "play_back": again.play_back,
            "undo": again.undo,
            "redo": again.redo,
            "record": keeping.record,
            "save": saving.save,
            "load": saving.load,
            "describe": keeping.describe,
            "suggest_chords": Suggesting(self._room).chords,
            "set": keeping.set,
            "volume": keeping.volume,
            "stop": keeping.stop,
        }
        self.live = LiveMusic(self._room, live)
        self._verbs |= self.live.verbs(self._verbs, making.presented)
        self.intents = frozenset(self._verbs) | replies.unbuilt_intents()

    @staticmethod
    def create(context: SkillContext) -> MusicSkill:
        """Make the skill from settings; every part is loaded when it is first needed."""
        options = options_from(context.settings, context.data_dir)

        def load_generator() -> MusicGenerator:
            from skills.music.generator.engine import Generator

            return Generator.load(options.model_dir)

        session = Session(options.defaults, volume_percent=options.volume_percent)
        return MusicSkill(
            load_generator,
            lambda: open_stage(options, context, session.volume_percent),
            Takes(options.takes_dir, write_sound),
            session=session,
            live=options.live,
        )

    def _take_up_defaults(self) -> None:
        """Go on with what the user set "from now on" in earlier sittings."""
        session, stored = self._room.session, self._room.stored
        session.settings = session.defaults
        session.defaults = stored.applied_to(session.defaults)
        session.volume_percent = stored.volume_percent(session.volume_percent)

    # What doors do beside intents

    @property
    def takes(self) -> Takes:
        """The saved takes."""
        return self._room.takes

    def hear(self, phrase: Phrase) -> None:
        """Take a phrase as what was just played."""
        self._room.listening.hear(phrase)

    def connect(self, keyboard: Keyboard) -> None:
        """Listen to this keyboard from now on."""
        self._room.listening.connect(keyboard)

    def connect_midi(self, port: str = "", tell: Callable[[str], None] = lambda _text: None) -> str:
        """Listen to MIDI keyboards: the first one, those named in ``port``, or "all".

        Returns their names, "" while none is there: it is heard as soon as it is plugged in.
        ``tell`` gets a sentence when one comes or goes, and for every answer that comes in by
        itself. Raises DeviceError where there is no MIDI system.
        """
        return self.live.connect_midi(port, tell)

    def is_sounding(self) -> bool:
        """Tell whether Encore's own music sounds now."""
        return self.live.is_sounding()

    def key_name(self) -> str:
        """Return the key of the open answer or of what was played; C major where none is clear."""
        version = self._room.session.history.current
        phrase = version.answer.phrase if version is not None else self._room.listening.phrase()
        key = clear_key(phrase)
        return key.name if key is not None else "C major"

    def duck(self, share: float) -> None:
        """Play at this share of the volume, 0..1, until it is 1 again."""
        self.live.duck(share)

    def tap_sound(self, tap: Tap | None) -> None:
        """Hand every block that goes to the speakers, and its rate in hertz, to ``tap``."""
        self.live.tap_sound(tap)

    def last_stroke_s(self) -> float | None:
        """Return when the player last struck or released a key, on ``time.perf_counter``."""
        return self.live.last_stroke_s()

    def use_seed(self, seed: int) -> None:
        """Use this seed for every new answer."""
        self._room.session.next_seed = lambda: seed

    def use_seconds(self, seconds: float) -> None:
        """Make answers this long where a command says nothing."""
        session = self._room.session
        session.defaults = replace(session.defaults, seconds=seconds)

    def forget_defaults(self) -> Reply:
        """Drop what was set "from now on": the settings file holds again."""
        return self._keeping.forget()

    def why(self) -> str:
        """Return what the gate measured of the open answer; InputError when none is open."""
        if (version := self._room.session.history.current) is None:
            raise InputError("There is no answer yet. Play something and say continue.")
        return reasons(version.answer)

    def write_last(self, folder: Path) -> None:
        """Write what was played and the answer of the last turn, for a trace."""
        self._turn_music.write(folder)

    def warm_up(self) -> None:
        """Load the generator, so that the first answer need not wait for it."""
        self._room.generator()

    def stage(self) -> Stage:
        """Return where answers go, opened if need be."""
        stage = self._room.stage()
        self.live.stage_opened(stage)
        return stage

    # Skill

    def help_on(self, text: str) -> str:
        """Return the help about the topic that a question names, "" for none."""
        return help_on(text)

    def handle(self, intent: Intent, turn: Turn) -> Reply:
        """Do what was asked; raises EncoreError with a sentence for the user."""
        verb = self._verbs.get(intent.name)
        if verb is None:
            return Reply(replies.not_yet(intent.name))
        parameters = checked(intent.parameters)
        _check_instrument(parameters)
        if intent.name not in KEEPS_TAKE_OPEN:
            self._room.listening.end_take()
        sure = Intent(intent.text, intent.name, intent.confidence, intent.engine, parameters)
        if intent.name != "stop":  # stop comes from any thread, also while another command works
            self._prepare(sure, turn)
        return verb(sure, turn)

    def begin_ahead(self, intent: Intent) -> None:
        """Begin to make what a sentence asks for as far as it was heard, if that is music.

        Any thread may call it, again and again: nothing is heard of it until ``handle``.
        """
        with suppress(InputError):  # whoever says it in earnest is told
            parameters = checked(intent.parameters)
            _check_instrument(parameters)
            self._making.begin_ahead(replace(intent, parameters=parameters))

    def _prepare(self, intent: Intent, turn: Turn) -> None:
        """Take back a command that was understood wrong, and open the answer that is named."""
        session = self._room.session
        if turn.replaces:
            volume = session.volume_percent
            session.take_back(intent.name)
            if session.volume_percent != volume:
                self._room.stage().set_volume(session.volume_percent)
        session.begin(intent.name)
        number = choice_in(self._room, intent.parameters, intent.name)
        if number is not None:
            open_choice(self._room, number)

    def stop(self) -> None:
        """Silence at once, from any thread; nobody takes over any more."""
        self.live.stop()
        self._room.silence()

    def close(self) -> None:
        """Release devices; idempotent."""
        self.live.close()
        self._room.ahead.close()
        if (stage := self._room.stage.made) is not None:
            stage.close()
        self._room.listening.close()


def open_stage(options: MusicOptions, context: SkillContext, volume_percent: int) -> Stage:
    """Return where answers go: the asked folder, else the speakers, else a folder a session."""
    if context.out_dir is not None:
        return FileStage(context.out_dir, soundfont=options.soundfont)
    from skills.music.player.calibrate import stored_latency_s
    from skills.music.player.live import open_player
    from skills.music.player.outputs import SilentOutput

    device = options.output_device or None
    player = open_player(
        "auto",
        options.output_port,
        options.soundfont or None,
        device,
        latency_ms=options.latency_ms,
    )
    if isinstance(player.output, SilentOutput):
        player.close()
        name = datetime.now().strftime("%Y-%m-%d-%H%M%S")
        folder = context.data_dir / "sessions" / name
        return FileStage(folder, numbered=True, soundfont=options.soundfont)
    player.set_volume(volume_percent)
    player.latency_s = stored_latency_s(context.data_dir, player.output.name)
    return LiveStage(player)


def _check_instrument(parameters: Mapping[str, ParameterValue]) -> None:
    name = parameters.get("instrument")
    if name is not None and name not in PROGRAMS:
        raise InputError(f"I have no {name}. Try strings, organ, flute or guitar.")
