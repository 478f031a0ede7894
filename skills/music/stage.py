"""Where music goes: into files, or to the speakers while the user goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from assistant.contract import EncoreError
from skills.music.files import make_folder
from skills.music.generator.answer import SEAM_S, Answer
from skills.music.handover.entry import brought_forward
from skills.music.midi_file import write_phrase
from skills.music.notes import Phrase
from skills.music.player.live import LivePlayer
from skills.music.player.score import Score

log = logging.getLogger(__name__)


class Growing(Protocol):
    """An answer that sounds while it is made."""

    def grow(self, answer: Answer, *, is_whole: bool = False) -> None:
        """Take it from its beginning as far as it is made."""
        ...

    def end(self) -> None:
        """Nothing comes any more."""
        ...


class Stage(Protocol):
    """Presents answers."""

    def present(self, phrase: Phrase, answer: Answer, title: str) -> tuple[Path, ...]:
        """Play an answer or write it down; returns the files that were written."""
        ...

    def begin(self, answer: Answer) -> Growing | None:
        """Start to play an answer that is not yet whole; None where only whole ones are presented.

        ``answer``: as far as it is made.
        """
        ...

    def stop(self) -> None:
        """Silence at once, from any thread."""
        ...

    def set_volume(self, percent: int) -> None:
        """Set the playback volume, 0..100."""
        ...

    def close(self) -> None:
        """Release the device; idempotent."""
        ...


class FileStage:
    """Writes every answer as MIDI, WAV and a picture."""

    def __init__(self, folder: Path, *, numbered: bool = False, soundfont: str = "") -> None:
        self.folder = folder
        self._numbered = numbered
        """True keeps every answer (answer-1, answer-2 …); False overwrites ``answer``."""
        self._soundfont = soundfont
        self._written: list[tuple[Answer, tuple[Path, ...]]] = []

    def present(self, phrase: Phrase, answer: Answer, title: str) -> tuple[Path, ...]:
        """Write ``answer.mid``, ``answer.wav`` and ``answer.png``; InputError when it cannot.

        Where every answer is kept, one that was written already is only named again.
        """
        for before, files in self._written:
            if before is answer:
                return files
        make_folder(self.folder)
        stem = f"answer-{len(self._written) + 1}" if self._numbered else "answer"
        midi, wav, picture = (self.folder / f"{stem}.{end}" for end in ("mid", "wav", "png"))
        write_phrase(answer.phrase, midi, answer.program, answer.tempo_bpm)
        write_sound(answer.phrase, answer.program, wav, self._soundfont)
        from skills.music.pictures import draw_piano_roll

        draw_piano_roll(phrase, answer.phrase, picture, title)
        if self._numbered:
            self._written.append((answer, (midi, wav, picture)))
        return midi, wav, picture

    def begin(self, answer: Answer) -> None:
        """Return None: files are written of whole answers."""

    def stop(self) -> None:
        """Do nothing: files are silent."""

    def set_volume(self, percent: int) -> None:
        """Do nothing: a file is written at full level."""

    def close(self) -> None:
        """Do nothing."""


class Performance:
    """Music that is being played, or will be: how far it is."""

    def __init__(self, score: Score, program: int) -> None:
        self.score = score
        self.program = program
        self.cancelled = threading.Event()
        self.is_over = threading.Event()


class GrowingPerformance:
    """A performance of an answer that is being made."""

    def __init__(self, score: Score, *, comes_forward: bool) -> None:
        """``comes_forward``: its first chord sounds at time 0."""
        self._score, self._comes_forward = score, comes_forward

    def grow(self, answer: Answer, *, is_whole: bool = False) -> None:
        """Take the answer from its beginning as far as it is made."""
        music = brought_forward(answer.phrase) if self._comes_forward else answer.phrase
        self._score.grow(music, None if is_whole else answer.seconds - SEAM_S)

    def end(self) -> None:
        """Nothing comes any more: who plays need not wait."""
        self._score.is_whole = True


class LiveStage:
    """Plays answers in a thread of its own: the next command can come while they sound."""

    def __init__(self, player: LivePlayer) -> None:
        self.player = player
        self.performance: Performance | None = None
        """What was given to play last."""
        self.next_entry: Callable[[], float | None] | None = None
        """Tells when the first note of the next answer has to come; asked once. None: as drawn."""
        self.on_begin: Callable[[], None] = lambda: None
        """Called when an answer has been begun."""
        self._thread: threading.Thread | None = None

    def present(self, phrase: Phrase, answer: Answer, title: str) -> tuple[Path, ...]:  # noqa: ARG002
        """Start to play; what still sounds is stopped."""
        self._enter(answer, is_whole=True)
        return ()

    def begin(self, answer: Answer) -> GrowingPerformance:
        """Start to play an answer as far as it is made; what still sounds is stopped."""
        return self._enter(answer, is_whole=False)

    def _enter(self, answer: Answer, *, is_whole: bool) -> GrowingPerformance:
        entry, self.next_entry = self.next_entry, None
        score = Score.growing()
        is_made = bool(answer.model)  # nobody waits for the rest before it; a player's stays
        growing = GrowingPerformance(score, comes_forward=is_made or entry is not None)
        growing.grow(answer, is_whole=is_whole)
        self.perform(score, answer.program, entry() if entry else None)
        self.on_begin()
        return growing

    def perform(self, score: Score, program: int = 0, at_s: float | None = None) -> Performance:
        """Start to play at a time of the player's clock (None: now); what still sounds is stopped.

        The score may still grow.
        """
        self.stop()
        performance = self.performance = Performance(score, program)
        self._thread = threading.Thread(
            target=self._play, args=(performance, at_s), name="player", daemon=True
        )
        self._thread.start()
        return performance

    def stop(self) -> None:
        """Silence at once, from any thread."""
        if self.performance is not None:
            self.performance.cancelled.set()
        self.player.stop()

    def is_sounding(self) -> bool:
        """Tell whether something plays, or keys are struck through Encore."""
        performance = self.performance
        playing = performance is not None and not performance.is_over.is_set()
        return playing or self.player.is_sounding()

    def give_way(self) -> None:
        """End what is played gently: its notes fade by themselves."""
        if self.performance is not None:
            self.performance.cancelled.set()
        self.player.give_way()

    def set_volume(self, percent: int) -> None:
        """Set the playback volume, 0..100."""
        self.player.set_volume(percent)

    def wait(self) -> None:
        """Return when nothing plays any more."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Stop and release the device."""
        self.stop()
        self.wait()
        self.player.close()

    def _play(self, performance: Performance, at_s: float | None) -> None:
        try:
            score, cancelled = performance.score, performance.cancelled
            self.player.play(score, performance.program, cancelled, at_s)
        except EncoreError as error:  # nobody waits for this thread
            log.warning("%s", error)
        finally:
            performance.is_over.set()


def write_sound(phrase: Phrase, program: int, path: Path, soundfont: str = "") -> None:
    """Write a phrase as a WAV file played by the synthesiser."""
    from skills.music.player.synth import render, write_wav

    write_wav(render(phrase, program, soundfont=soundfont or None), path)
