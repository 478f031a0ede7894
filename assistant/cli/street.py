"""The composition root: builds the whole street from the settings, each part when it is needed."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, cast

from assistant.contract import DeviceError, EncoreError, Intent, SkillContext
from assistant.dialogue.doubt import Thresholds
from assistant.found_skills import load_skills
from assistant.house import House
from assistant.settings import EngineName, Settings, data_dir, load_settings
from assistant.steady_memory import set_aside_what_lasts
from assistant.understanding.stopping import stop_in

if TYPE_CHECKING:
    from assistant.trace import Trace
    from assistant.understanding.service import UnderstandingService
    from skills.music.skill import MusicSkill


LOG_FILE, LOG_BYTES = "encore.log", 500_000
WARM_UP_ENDS_S = 15.0
"""So long leaving waits for a part that is being loaded."""


class ChosenEngine:
    """Understanding with the engine that the user chose; it starts when it is first needed."""

    def __init__(self, make: Callable[[], UnderstandingService], engine: EngineName) -> None:
        self.engine = engine
        self._make = make
        self._lock = threading.Lock()
        self._service: UnderstandingService | None = None

    @property
    def engine_now(self) -> str:
        """Who answers at the moment: "rasa" or "embedded"."""
        return self.service().engine_now

    def parse(self, text: str) -> Intent:
        """Return the intent of one utterance; waits while the engine starts, but not to stop."""
        return stop_in(text) or self.service().parse(text, engine=self.engine)

    def parse_as(self, text: str, intent: str) -> Intent:
        """Return an utterance read as this intent: only its parameters are looked for."""
        return self.service().parse_as(text, intent)

    def remember_correction(self, text: str, intent: str) -> None:
        """Keep what a sentence meant for the next training."""
        self.service().remember_correction(text, intent)

    def quickly(self, text: str) -> Intent | None:
        """Return the embedded engine's reading at once; None while it is being loaded."""
        if (service := self._service) is None:
            return None
        return service.parse(text, engine="embedded")

    def service(self) -> UnderstandingService:
        """Return the service, started; from any thread."""
        with self._lock:
            if self._service is None:
                self._service = self._make()
            return self._service

    def close(self) -> None:
        """End the engines; idempotent."""
        with self._lock:
            if self._service is not None:
                self._service.close()


@dataclass(frozen=True, slots=True)
class Street:
    """All parts, built and connected."""

    settings: Settings
    understanding: ChosenEngine
    house: House
    music: MusicSkill
    data_dir: Path
    """Where this sitting keeps things; can be written."""
    notices: tuple[str, ...]
    """One sentence for each thing that is missing and was worked around."""
    trace: Trace | None = None
    """Where every turn leaves a folder, on request."""
    nlu_dirs: tuple[Path, ...] = ()
    """Folders with the words of the skills."""
    warming: list[threading.Thread] = field(default_factory=list)
    """Threads that load the slow parts; waited for on leaving."""
    leaving: threading.Event = field(default_factory=threading.Event)
    """Set when nothing more is to be loaded."""

    def warm_up(self, notify: Callable[[str], None] = lambda _text: None) -> None:
        """Load the slow parts in a thread of their own; ``notify`` is told what is missing."""
        work = threading.Thread(target=self._warm_up, args=(notify,), name="warm-up", daemon=True)
        self.warming.append(work)
        work.start()

    def end_warm_up(self) -> None:
        """Wait for what is being loaded: a thread inside native code would abort the exit."""
        self.leaving.set()
        for work in self.warming:
            work.join(WARM_UP_ENDS_S)

    def _warm_up(self, notify: Callable[[str], None]) -> None:
        for part in (self._keyboard_notice, self._sound_notice, self._model_notice):
            if self.leaving.is_set():
                return
            try:
                if notice := part(notify):
                    notify(notice)
            except EncoreError as error:
                notify(str(error))
        set_aside_what_lasts()

    def _keyboard_notice(self, notify: Callable[[str], None]) -> str:
        wanted = self.settings.midi.input_port
        try:
            name = self.music.connect_midi(wanted, notify)
        except DeviceError as error:
            name = ""
            if wanted:
                return str(error)
        if name:
            return f"Listening to the keyboard {name}."
        if wanted.strip().lower() == "all":
            return "No keyboard is here yet: each is heard when it is plugged in."
        if wanted:
            return f"There is no keyboard called {wanted!r} yet: it is heard when it is plugged in."
        return "No MIDI keyboard is here. Say for example: compose something calm."

    def _sound_notice(self, _notify: Callable[[str], None]) -> str:
        from skills.music.stage import FileStage

        stage = self.music.stage()
        if isinstance(stage, FileStage):
            return f"Answers are written to {stage.folder}."
        return ""

    def _model_notice(self, _notify: Callable[[str], None]) -> str:
        self.understanding.service()
        self.music.warm_up()
        return ""


def usable_data_dir() -> tuple[Path, str | None]:
    """Return a folder that can be written, and a sentence when it is not the user's own one."""
    import tempfile

    reason = "this user has no home folder"
    with contextlib.suppress(EncoreError, OSError):
        folder = data_dir()
        reason = f"{folder} cannot be written"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder, None
    folder = Path(tempfile.mkdtemp(prefix="encore-"))
    return folder, f"What you save goes to {folder}, because {reason}."


def forget_unused(folder: Path) -> None:
    """Remove a folder that stood in for the user's own one when it holds nothing but the log."""
    import shutil

    kept = [file for file in folder.rglob("*") if file.is_file()]
    if all(file.name.startswith(LOG_FILE) for file in kept):
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def open_street(
    *,
    engine: EngineName | None = None,
    out_dir: Path | None = None,
    say: Callable[[str], None] = lambda _text: None,
    one_command: bool = False,
    trace_dir: Path | None = None,
) -> Iterator[Street]:
    """Build the street; everything is closed when the block ends.

    ``out_dir``: answers are written there; None: they are played. ``one_command``: nobody answers a
    question, and "auto" does not start a Rasa of its own, since that takes many seconds.
    ``trace_dir``: every turn leaves a folder there.
    """
    settings = load_settings()
    trace = open_trace(trace_dir, say)
    folder, notice = usable_data_dir()
    context = SkillContext(folder, settings.model_dump(), out_dir)
    with contextlib.ExitStack() as stack:
        if notice:
            stack.callback(forget_unused, folder)
        stack.enter_context(log_to(folder / LOG_FILE))
        skills = load_skills(context)
        for skill in skills:
            stack.callback(skill.close)
        chosen = engine or settings.understanding.engine
        if one_command and chosen == "auto" and not rasa_is_elsewhere(settings):
            chosen = "embedded"
        nlu_dirs = tuple(s.nlu_dir for s in skills)
        understanding = ChosenEngine(
            lambda: open_understanding(settings, chosen, list(nlu_dirs)), chosen
        )
        stack.callback(understanding.close)
        house = House(
            understanding,
            skills,
            say=say,
            thresholds=thresholds(settings),
            keep_correction=understanding.remember_correction,
            asks=not one_command,
            after_turn=trace.turn if trace else (lambda _heard, _intent, _reply: None),
        )
        music = cast("MusicSkill", next(s for s in skills if s.name == "music"))
        if trace is not None:
            trace.use_music(music.write_last)
        notices = (notice,) if notice else ()
        street = Street(settings, understanding, house, music, folder, notices, trace, nlu_dirs)
        stack.callback(street.end_warm_up)
        yield street


def open_trace(folder: Path | None, notify: Callable[[str], object]) -> Trace | None:
    """Return the trace that is written to a folder; None without one.

    ``notify`` is told, once, when it cannot be written any more.
    """
    if folder is None:
        return None
    from assistant.trace import Trace

    return Trace(folder, notify=notify)


@contextlib.contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Write the log of Encore's own parts to a file, the newest half megabyte twice."""
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    loggers = [logging.getLogger(name) for name in ("assistant", "skills")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        handler.close()


def thresholds(settings: Settings) -> Thresholds:
    """Return when a command is asked back."""
    chosen = settings.understanding
    return Thresholds(
        chosen.ask_below, chosen.confirm_below, chosen.ask_between, chosen.suggest_above
    )


def engine_name(name: str | None) -> EngineName | None:
    """Return a checked choice of the command line as the settings' type."""
    return cast("EngineName | None", name)


def rasa_is_elsewhere(settings: Settings) -> bool:
    """Tell whether a Rasa server is named that runs already."""
    return bool(os.environ.get("ENCORE_RASA_URL") or settings.understanding.rasa_url)


def open_understanding(
    settings: Settings, engine: EngineName, nlu_dirs: list[Path]
) -> UnderstandingService:
    """Make and start the service that turns words into intents."""
    from assistant.understanding.service import UnderstandingService

    chosen = settings.understanding.model_copy(update={"engine": engine})
    service = UnderstandingService(nlu_dirs, chosen)
    service.start()
    return service
