"""The composition root: builds the whole street from the settings, each part when it is needed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.contract import EncoreError, Intent, SkillContext
from assistant.house import House, load_skills
from assistant.settings import EngineName, Settings, data_dir, load_settings

if TYPE_CHECKING:
    from skills.music.skill import MusicSkill

    from assistant.understanding.service import UnderstandingService


class ChosenEngine:
    """Understanding with the engine that the user chose; a door may change it."""

    def __init__(self, service: UnderstandingService, engine: EngineName) -> None:
        self.service = service
        self.engine = engine

    def parse(self, text: str) -> Intent:
        """Return the intent of one utterance."""
        return self.service.parse(text, engine=self.engine)


@dataclass(frozen=True, slots=True)
class Street:
    """All parts, built and connected."""

    settings: Settings
    understanding: ChosenEngine
    house: House
    music: MusicSkill
    notices: tuple[str, ...]
    """One sentence for each thing that is missing and was worked around."""


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


@contextlib.contextmanager
def open_street(
    *,
    engine: EngineName | None = None,
    out_dir: Path | None = None,
    say: Callable[[str], None] = lambda _text: None,
    ask_below: float | None = None,
    warm_rasa: bool = True,
) -> Iterator[Street]:
    """Build the street; everything is closed when the block ends.

    ``out_dir``: answers are written there; None: they are played. ``warm_rasa`` False leaves Rasa
    alone unless it already runs: a single command does not wait for it.
    """
    settings = load_settings()
    folder, notice = usable_data_dir()
    context = SkillContext(folder, settings.model_dump(), out_dir)
    with contextlib.ExitStack() as stack:
        skills = load_skills(context)
        for skill in skills:
            stack.callback(skill.close)
        service = open_understanding(settings, [s.nlu_dir for s in skills], warm_rasa=warm_rasa)
        stack.callback(service.close)
        understanding = ChosenEngine(service, engine or settings.understanding.engine)
        threshold = settings.understanding.ask_below if ask_below is None else ask_below
        house = House(understanding, skills, say=say, ask_below=threshold)
        music = next(s for s in skills if s.name == "music")
        yield Street(settings, understanding, house, music, (notice,) if notice else ())


def open_understanding(
    settings: Settings, nlu_dirs: list[Path], *, warm_rasa: bool
) -> UnderstandingService:
    """Make and start the service that turns words into intents."""
    from assistant.understanding.service import UnderstandingService

    service = UnderstandingService(nlu_dirs, settings.understanding)
    service.start()
    return service
