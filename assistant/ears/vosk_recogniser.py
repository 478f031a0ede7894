"""Vosk: speech to words, offline."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.audio_files import SPEECH_RATE_HZ, AudioReader, Int16Samples
from assistant.contract import ModelError
from assistant.ears.models import checked_model, wrong_files
from assistant.ears.native_noise import captured_stderr

if TYPE_CHECKING:
    from assistant.ears.second_opinion import SecondOpinion
    from assistant.ears.spotter import Spotter
    from assistant.ears.verifier import Verifier

UNKNOWN = "[unk]"
"""What Vosk writes for speech that is none of its words."""


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word with its time in the sound."""

    word: str
    start_s: float
    end_s: float
    confidence: float
    """0..1."""

    @property
    def is_known(self) -> bool:
        """False for speech that is none of the model's words."""
        return self.word != UNKNOWN


@dataclass(frozen=True, slots=True)
class HeardFile:
    """What was said in one sound file."""

    file: str
    text: str
    words: tuple[HeardWord, ...]
    seconds: float
    """Length of the sound."""
    decode_seconds: float
    """Time that recognising took."""
    model: str
    """Name of the model's folder."""
    is_whole: bool = True
    """False: Ctrl-C came, and ``seconds`` is what was heard until then."""

    def to_json(self) -> dict[str, object]:
        """Return the contract's object for ``encore hear``, ready for ``json.dumps``."""
        return {
            "file": self.file,
            "text": self.text,
            "words": [
                {
                    "word": word.word,
                    "start_s": round(word.start_s, 3),
                    "end_s": round(word.end_s, 3),
                    "confidence": round(word.confidence, 4),
                }
                for word in self.words
            ],
            "seconds": round(self.seconds, 3),
            "decode_seconds": round(self.decode_seconds, 3),
            "model": self.model,
        }


class Recogniser:
    """A loaded model; make one with ``load``."""

    def __init__(
        self,
        model: Any,
        name: str,
        verifier: Verifier | None = None,
        opinion: SecondOpinion | None = None,
        spotting: Any | None = None,
        *,
        takes_grammar: bool = False,
    ) -> None:
        self.name = name
        self.takes_grammar = takes_grammar
        """The model's graph can be bound to sentences: it is HCLr and Gr, not one HCLG."""
        self.verifier = verifier
        """Fitted for this model; None when it has none."""
        self.opinion = opinion
        """Of the same model; None when it brings none."""
        self._model, self._spotting = model, spotting
        self._grammar: tuple[str, ...] = ()

    @staticmethod
    def load(path: Path | str) -> Recogniser:
        """Load the model of a folder.

        Raises ModelError with a sentence when it is no model, is damaged, or Vosk is missing.
        """
        folder = checked_model(Path(path))
        if wrong := wrong_files(folder):
            raise ModelError(f"The speech model {folder} is damaged: {wrong[0]} has changed.")
        from assistant.ears.second_opinion import SecondOpinion, model_of_phones
        from assistant.ears.spotter import FOLDER as SPOTTER
        from assistant.ears.verifier import Verifier

        verifier = Verifier.beside(folder)
        try:
            import vosk

            vosk.SetLogLevel(-1)
            with captured_stderr("Vosk"):
                # Only ever by absolute path: the lookup by name downloads, or ends the process.
                model = vosk.Model(str(folder))
                opinion = SecondOpinion.beside(folder, model)
                spotting = model_of_phones(folder, SPOTTER)
        except ModelError:
            raise
        except ImportError as error:
            raise ModelError("The speech library vosk is missing: run make setup.") from error
        except (Exception, SystemExit) as error:
            raise ModelError(f"The speech model {folder} cannot be loaded.") from error
        in_two = any((place / "HCLr.fst").is_file() for place in (folder / "graph", folder))
        return Recogniser(model, folder.name, verifier, opinion, spotting, takes_grammar=in_two)

    def transcribe_file(
        self, path: Path | str, progress: Callable[[float], object] = lambda _share: None
    ) -> HeardFile:
        """Return what is said in a sound file of any rate, length and number of channels.

        ``progress`` is told the share of the file that is done, 0..1. Ctrl-C ends it, and what was
        heard until then is returned. Raises InputError with one sentence when the file is missing,
        empty or no sound file.
        """
        reader = AudioReader(path)
        stream = self.stream()
        spent_s = 0.0
        words: list[HeardWord] = []
        done, is_whole = 0, True
        try:
            for block in reader.blocks():
                start_s = time.perf_counter()
                words.extend(stream.accept(block))
                spent_s += time.perf_counter() - start_s
                done += len(block)
                progress(min(done / SPEECH_RATE_HZ / reader.seconds, 1.0))
        except KeyboardInterrupt:
            is_whole = False
        start_s = time.perf_counter()
        words.extend(stream.finish())
        spent_s += time.perf_counter() - start_s
        words = [word for word in words if word.is_known]
        text = " ".join(word.word for word in words)
        seconds = reader.seconds if is_whole else done / SPEECH_RATE_HZ
        return HeardFile(str(path), text, tuple(words), seconds, spent_s, self.name, is_whole)

    def expect(self, sentences: Sequence[str]) -> None:
        """Expect these sentences ("[unk]" for any other speech) in every stream from now on.

        Only for a model that ``takes_grammar``: others warn on stderr and hear as before.
        """
        self._grammar = tuple(sentences)

    def knows(self, word: str) -> bool:
        """Tell whether a word is in the model's vocabulary: no other one is ever heard."""
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def stream(self) -> RecogniserStream:
        """Return a stream for one utterance or one file."""
        arguments = [json.dumps(self._grammar)] if self._grammar else []
        return _stream(self._model, *arguments)

    def spotter(self, wake_word: str, clock: Callable[[], float]) -> Spotter | None:
        """Return a spotter of calls; None where the model's graph has not this wake word."""
        model = self._spotting
        if model is None or model.vosk_model_find_word(wake_word.lower()) < 0:
            return None
        from assistant.ears.spotter import Spotter

        return Spotter(_stream(model), _stream(model), wake_word.lower(), clock)


class RecogniserStream:
    """Feeds samples of 16 kHz and collects words; not for use by several threads."""

    def __init__(self, recogniser: Any) -> None:
        self._recogniser = recogniser

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        """Take the next samples; return the words of a sentence that ended inside, mostly []."""
        if len(block) and self._recogniser.AcceptWaveform(block.tobytes()):
            return _words(self._recogniser.Result())
        return []

    def partial(self) -> str:
        """Return what has been understood of the sentence that is going on."""
        return str(json.loads(self._recogniser.PartialResult()).get("partial", ""))

    def finish(self) -> list[HeardWord]:
        """Return the words that are left, and be ready for the next sentence.

        Times go on counting from the first sample of the stream.
        """
        return _words(self._recogniser.FinalResult())


def _stream(model: Any, *arguments: str) -> RecogniserStream:
    import vosk

    recogniser = vosk.KaldiRecognizer(model, SPEECH_RATE_HZ, *arguments)
    recogniser.SetWords(True)
    return RecogniserStream(recogniser)


def _words(result: str) -> list[HeardWord]:
    """Return the words of a result of Vosk; what it does not know is ``UNKNOWN``."""
    return [
        HeardWord(w["word"], float(w["start"]), float(w["end"]), min(max(float(w["conf"]), 0), 1))
        for w in json.loads(result).get("result", [])
    ]
