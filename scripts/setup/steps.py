"""One step of set-up, and running a street of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scripts.setup.console import Console, NotNowError
from scripts.setup.stamps import Stamp

TRY_AGAIN_AFTER_S = 24 * 3600.0
"""A part that could not be made is tried again after a day, or at once by ``make setup``."""


def always() -> bool:
    """Say yes: for steps whose stamp is proof enough."""
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be made once, and again when its inputs change."""

    title: str
    stamp: Stamp
    inputs: Callable[[], str]
    """Fingerprint of everything that the result depends on."""
    work: Callable[[], None]
    """Makes it; raises NotNowError when an optional part cannot be made now."""
    is_whole: Callable[[], bool] = always
    """Quick look whether what the stamp promises is really there."""
    hint: str = ""
    """How much there is to wait for, told when the work begins."""


@dataclass(frozen=True, slots=True)
class Street:
    """Runs steps in order."""

    console: Console
    retry: bool = False
    """Try what was put off again, however short ago that was."""
    missing: list[str] = field(default_factory=list)
    """What was put off, as it was told."""

    def run(self, steps: Sequence[Step]) -> int:
        """Bring every step up to date; return how many had something to do."""
        numbered = enumerate(steps, start=1)
        return sum(self._bring_up(step, f"[{n}/{len(steps)}]") for n, step in numbered)

    def _bring_up(self, step: Step, number: str) -> bool:
        inputs = step.inputs()
        if step.stamp.is_done(inputs) and step.is_whole():
            if self.console.explain:
                self.console.line(f"{number} {step.title}: up to date")
            return False
        reason = step.stamp.put_off_reason(inputs, time.time(), TRY_AGAIN_AFTER_S)
        if reason is not None and not self.retry:
            self._miss(number, reason)
            return False
        self._make(step, inputs, number)
        return True

    def _make(self, step: Step, inputs: str, number: str) -> None:
        hint = f" ({step.hint})" if step.hint else ""
        self.console.line(f"{number} {step.title}{hint} …")
        started_s = time.monotonic()
        step.stamp.clear()
        try:
            step.work()
        except NotNowError as reason:
            step.stamp.put_off(inputs, time.time(), str(reason))
            self._miss(number, str(reason))
            return
        step.stamp.mark_done(inputs)
        self.console.line(f"{number} {step.title}: done in {time.monotonic() - started_s:.1f} s")

    def _miss(self, number: str, reason: str) -> None:
        self.missing.append(reason)
        self.console.line(f"{number} {reason}")
