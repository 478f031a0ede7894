"""A folder for every turn, on request: what was heard, understood, played and answered.

The only place where the sound of a microphone is ever kept, and only with ``--trace``.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples, write_speech
from assistant.contract import EncoreError, InputError, Intent, Reply, Transcript

log = logging.getLogger(__name__)

WriteMusic = Callable[[Path], None]
"""Writes phrase.mid and answer.mid into a folder, as far as there are any."""


class Trace:
    """Numbered folders in one folder; whoever hears, understands and answers adds to the last.

    A file that cannot be written is told in the log, and the first one to ``notify``: never does a
    turn fail for it.
    """

    def __init__(
        self,
        folder: Path,
        write_music: WriteMusic = lambda _folder: None,
        notify: Callable[[str], object] = lambda _sentence: None,
    ) -> None:
        """Take the folder, made if need be; InputError when it cannot be written."""
        self._folder = folder.expanduser().absolute()
        self._write_music = write_music
        self._notify = notify
        self._has_failed = False
        self._sound: Int16Samples | None = None
        self._lock = threading.Lock()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"Cannot write the trace to {folder}: {error.strerror}.") from error

    def use_music(self, write_music: WriteMusic) -> None:
        """Write phrases and answers with this from now on."""
        self._write_music = write_music

    def heard(self, blocks: Sequence[Int16Samples]) -> None:
        """Take the sound (16 kHz) of the utterance whose turn comes next."""
        with self._lock:
            self._sound = np.concatenate(blocks) if blocks else None

    def turn(self, transcript: Transcript, intent: Intent | None, reply: Reply) -> Path:
        """Write one turn that is over and return its folder."""
        with self._lock:
            sound, self._sound = self._sound, None
            folder = self._new_folder()
        self._attempt(lambda: _write_words(folder, transcript, intent, reply))
        if sound is not None and transcript.source == "voice":
            samples = sound.astype(np.float32) / 32768.0
            self._attempt(lambda: write_speech(samples, SPEECH_RATE_HZ, folder / "heard.wav"))
        self._attempt(lambda: self._write_music(folder))
        return folder

    def _new_folder(self) -> Path:
        stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
        number = 1
        with suppress(OSError):  # somebody removed it
            number += sum(1 for path in self._folder.iterdir() if path.is_dir())
        while True:
            folder = self._folder / f"{number:04d}-{stamp}"
            try:
                folder.mkdir()
            except FileExistsError:
                number += 1
                continue
            except OSError as error:
                self._fail(error)
            return folder

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            write()
        except (OSError, EncoreError) as error:
            self._fail(error)

    def _fail(self, error: OSError | EncoreError) -> None:
        log.warning("A part of the trace cannot be written: %s", error)
        if not self._has_failed:
            self._has_failed = True
            reason = error.strerror if isinstance(error, OSError) else None
            self._notify(f"The trace is not whole any more: {reason or str(error).rstrip('.')}.")


def _write_words(folder: Path, transcript: Transcript, intent: Intent | None, reply: Reply) -> None:
    (folder / "transcript.txt").write_text(transcript.text + "\n", encoding="utf-8")
    facts: dict[str, object] = {"source": transcript.source, "heard": transcript.confidence}
    if intent is not None:
        facts = {**intent.to_json(), **facts}
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    (folder / "intent.json").write_text(text + "\n", encoding="utf-8")
    (folder / "reply.txt").write_text(reply.text + "\n", encoding="utf-8")
