"""What ``encore hear`` does: files and folders in, one JSON object for each file out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from assistant.contract import InputError
from assistant.ears.models import find_model
from assistant.ears.vosk_recogniser import Recogniser

FOLDER_ENDING = ".wav"
"""Of a folder every file with this ending is heard; a file that is named may be of any kind."""

Progress = Callable[[int, int, float], object]
"""Told which file it is (from 1), of how many, and the share of it that is done, 0..1."""
Failure = Callable[[Path, InputError], object]


def sound_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files as they are, and the WAV files in folders and below, by name."""
    for path in paths:
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.suffix.lower() == FOLDER_ENDING)
            yield from sorted(p for p in inside if p.is_file())
        else:
            yield path


def run(
    paths: Iterable[Path],
    model: Path | str | None = None,
    *,
    failed: Failure | None = None,
    progress: Progress = lambda _number, _count, _share: None,
) -> Iterator[dict[str, object]]:
    """Yield what is said in each file, as soon as it is known; the model is loaded once.

    ``failed`` is told about a file that cannot be read, and the next one follows; without it the
    InputError is raised. Raises ModelError when there is no model, InputError when there is
    nothing to hear. Ctrl-C yields what was heard of a file until then, and is raised again.
    """
    files = list(sound_files(paths))
    if not files:
        raise InputError("There are no WAV files in that folder.")
    recogniser = Recogniser.load(find_model(model))
    for number, path in enumerate(files, start=1):
        progress(number, len(files), 0.0)
        try:
            heard = recogniser.transcribe_file(path, _of_file(progress, number, len(files)))
        except InputError as error:
            if failed is None:
                raise
            failed(path, error)
        else:
            yield heard.to_json()
            if not heard.is_whole:
                raise KeyboardInterrupt


def _of_file(progress: Progress, number: int, count: int) -> Callable[[float], object]:
    return lambda share: progress(number, count, share)
