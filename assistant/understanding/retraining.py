"""Training with the user's corrections: in a process of its own, compared, then taken or left.

Nothing changes until the new model is whole and was found as good as the one before; whoever stops
it in the middle keeps what there was.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.contract import Intent, ModelError
from assistant.understanding import places, user_models
from assistant.understanding.comparing import Figure, figures, golden_sentences, what_got_worse
from assistant.understanding.corrections import FILE, recall
from assistant.understanding.embedded import EmbeddedEngine, load_model
from assistant.understanding.rasa_client import RasaClient
from assistant.understanding.rasa_server import RasaServer, newest_model, rasa_python
from assistant.understanding.service import RASA_START_S, load_embedded, understand
from assistant.understanding.stored import key_of
from assistant.understanding.training_data import LanguageData
from assistant.understanding.user_models import Engine, user_rasa

RASA_ANSWER_S: Final = 5.0
"""Longest wait for one of Rasa's answers while it is compared."""
Tell = Callable[[str], None]
Train = Callable[[Engine, Path], None]
Parse = Callable[[str], Intent]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a training came to."""

    engine: Engine
    before: tuple[Figure, ...]
    after: tuple[Figure, ...]

    @property
    def worse(self) -> Figure | None:
        """The figure in which the new model is worse; None: it is used from the next start on."""
        return what_got_worse(self.before, self.after)


def retrain(engine: Engine, data: LanguageData, tell: Tell, train: Train | None = None) -> Outcome:
    """Train an engine with the corrections, compare it, and take it unless it is worse.

    ``tell`` is told what is being done; ``train`` writes a model into a folder. Raises ModelError
    when it cannot be trained or compared, EngineError when Rasa is not installed, KeyboardInterrupt
    when the user stops it.
    """
    sentences = golden_sentences()
    corrections = recall(places.data_dir() / FILE, data.intents)
    folder = user_models.make_room()
    try:
        tell(f"Training {engine} with {len(corrections)} corrections …")
        (train or train_alone)(engine, folder)
        tell("Reading the golden sentences with the old model …")
        with _parser(engine, data, None) as parse:
            before = figures(sentences, corrections, parse)
        tell("Reading the golden sentences with the new model …")
        with _parser(engine, data, folder) as parse:
            after = figures(sentences, corrections, parse)
        outcome = Outcome(engine, before, after)
        if outcome.worse is None:
            shares = {f.name: round(f.share.value, 4) for f in after}
            user_models.adopt(engine, folder, key_of(data), corrections, shares)
        return outcome
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def train_alone(engine: Engine, folder: Path) -> None:
    """Train in a process of its own, which ends when this one is interrupted."""
    corrections = str(places.data_dir() / FILE)
    if engine == "rasa":
        rasa_python(places.RASA_PROJECT)
        script = str(places.RASA_PROJECT / "train.py")
        words = [sys.executable, script, "--out", str(folder), "--corrections", corrections]
    else:
        module = "assistant.understanding.stored"
        words = [sys.executable, "-m", module, "--into", str(folder), "--corrections", corrections]
    log = user_models.folder() / "training.log"
    with log.open("wb") as out, _own_process(words, out.fileno()) as process:
        status = process.wait()
    if status:
        raise ModelError(f"The new model could not be trained; see {log}.")


@contextlib.contextmanager
def _own_process(words: Sequence[str], out: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in a session of its own; it and its children end with the block."""
    env = os.environ | {"PYTHONPATH": str(places.PROJECT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        env=env,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


@contextlib.contextmanager
def _parser(engine: Engine, data: LanguageData, folder: Path | None) -> Iterator[Parse]:
    """Give the engine's reading of a sentence, with the model in a folder, else the one in use."""
    if engine == "embedded":
        model = None if folder is None else load_model(folder).parts
        asked = load_embedded(data) if model is None else EmbeddedEngine(model, data.vocabulary)
        yield lambda text: understand(text, data, lambda words: ("embedded", asked.parse(words)))
        return
    path = next(folder.glob("*.tar.gz"), None) if folder is not None else _rasa_in_use(data)
    server = RasaServer(places.RASA_PROJECT, user_models.folder() / "rasa-log", path)
    client = RasaClient(server.url, server.token, RASA_ANSWER_S)
    try:
        client.watch()
        if not client.wait(RASA_START_S):
            raise ModelError(f"Rasa did not start; see {server.log}.")
        yield lambda text: understand(text, data, lambda words: ("rasa", client.parse(words)))
    finally:
        client.close()
        server.close()


def _rasa_in_use(data: LanguageData) -> Path:
    return user_rasa(key_of(data), data.intents) or newest_model(places.RASA_PROJECT)
