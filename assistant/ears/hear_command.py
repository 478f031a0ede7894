"""What ``encore hear`` does: files in, one JSON object each out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from assistant.ears.models import find_model
from assistant.ears.vosk_recogniser import Recogniser


def run(paths: Iterable[Path], model: Path | str | None = None) -> Iterator[dict[str, object]]:
    """Yield what is said in each file, as soon as it is known; the model is loaded once.

    Raises ModelError when there is no model, InputError at the first file that cannot be read.
    """
    recogniser = Recogniser.load(find_model(model))
    for path in paths:
        yield recogniser.transcribe_file(path).to_json()
