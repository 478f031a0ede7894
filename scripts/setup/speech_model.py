"""The step that fetches the speech model when a network reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assistant.ears.catalogue import SMALL_ENGLISH
from scripts.setup.commands import CommandError
from scripts.setup.console import NotNowError
from scripts.setup.environments import Environment
from scripts.setup.stamps import Stamp, fingerprint
from scripts.setup.steps import Step


@dataclass(frozen=True, slots=True)
class SpeechModelStep:
    """Fetches the model once; a network that does not reach it is asked again after a day."""

    environment: Environment
    root: Path

    def step(self) -> Step:
        """Return the step."""
        return Step(
            "Speech model",
            Stamp(self.root / ".cache" / "setup" / "speech-model"),
            lambda: fingerprint([], SMALL_ENGLISH.sha256),
            self.fetch,
            hint="40 MB",
        )

    def fetch(self) -> None:
        """Fetch it with Encore's own interpreter; raises NotNowError when it cannot be had."""
        try:
            self.environment.runner.run(
                [self.environment.python, "-m", "assistant", "models", "fetch"]
            )
        except CommandError as failure:
            said = failure.said.removeprefix("encore: ")
            raise NotNowError(f"{said} {self._instead()}") from failure

    def _instead(self) -> str:
        if any(self.root.glob("models/vosk-*/am/final.mdl")):
            return "Until then Encore uses its own smaller one."
        return "Until then typed commands work and spoken ones do not."
