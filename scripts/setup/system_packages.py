"""Libraries of the operating system: sound, speech and the synthesiser.

None of them is needed to start: where set-up may not install them, one line says what is missing.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.setup.commands import CommandError, Runner
from scripts.setup.console import NotNowError

Need = tuple[str, ...]
"""Names of packages of which one is enough, best first."""

FOR_ENCORE: tuple[Need, ...] = (
    ("libportaudio2",),
    ("espeak-ng",),
    ("libfluidsynth3", "libfluidsynth2"),
    ("timgm6mb-soundfont", "fluid-soundfont-gm"),
)
FOR_TESTS: tuple[Need, ...] = (
    ("jackd2",),
    ("pulseaudio",),
    ("pulseaudio-utils",),
    ("libasound2-plugins",),
    ("alsa-utils",),
)
"""A microphone, a speaker and a MIDI patch bay in software."""

ELSEWHERE = {
    "dnf": "sudo dnf install portaudio espeak-ng fluidsynth-libs fluid-soundfont-gm",
    "pacman": "sudo pacman -S portaudio espeak-ng fluidsynth soundfont-fluid",
    "zypper": "sudo zypper install libportaudio2 espeak-ng libfluidsynth3 fluid-soundfont-gm",
}
BREW = ("portaudio", "espeak-ng", "fluid-synth")
LIBRARIES = ("portaudio", "espeak-ng", "fluidsynth")

MISSING = (
    "System packages are missing, so sound or speech is off: {what}. Install them with: {command}"
)


@dataclass(frozen=True, slots=True)
class SystemPackages:
    """The packages that this set-up wants."""

    runner: Runner
    needs: tuple[Need, ...]

    def all_there(self) -> bool:
        """Say whether nothing is missing."""
        return not self.missing()

    def missing(self) -> list[str]:
        """Return what is not installed: package names, or library names off Debian."""
        if shutil.which("dpkg-query"):
            there = self._debian_packages()
            return [need[0] for need in self.needs if not there.intersection(need)]
        return [name for name in LIBRARIES if ctypes.util.find_library(name) is None]

    def install(self) -> None:
        """Install what is missing; raises NotNowError with a sentence when that is not allowed."""
        missing = self.missing()
        if not missing:
            return
        if shutil.which("apt-get"):
            self._with_apt(missing)
        elif sys.platform == "darwin" and shutil.which("brew"):
            self._try([["brew", "install", *BREW]], BREW, f"brew install {' '.join(BREW)}")
        else:
            known = [line for name, line in ELSEWHERE.items() if shutil.which(name)]
            command = known[0] if known else "your system's package manager"
            raise NotNowError(MISSING.format(what=", ".join(missing), command=command))

    def _debian_packages(self) -> set[str]:
        """Return the names among the needs that are installed."""
        names = [name for need in self.needs for name in need]
        query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names]
        return installed_names(self.runner.output(query))

    def _with_apt(self, missing: Sequence[str]) -> None:
        by_hand = f"sudo apt-get install {' '.join(missing)}"
        become_root = self._become_root()
        if become_root is None:
            raise NotNowError(MISSING.format(what=", ".join(missing), command=by_hand))
        apt = [*become_root, "apt-get", "-o", "DPkg::Lock::Timeout=120"]
        self._update(apt)
        names = [self._available(need) for need in self.needs if need[0] in missing]
        install = [*apt, "install", "-y", "--no-install-recommends"]
        # The first command mends an installation that was interrupted.
        mend = [*become_root, "dpkg", "--configure", "-a"]
        self._try([mend, [*install, *names]], missing, by_hand)

    def _become_root(self) -> list[str] | None:
        """Return the words before a command that make it root's; None when that is not allowed.

        ``env``, because sudo drops the variable that keeps Debian's packages from asking.
        """
        silent = ["env", "DEBIAN_FRONTEND=noninteractive"]
        if os.geteuid() == 0:
            return silent
        if shutil.which("sudo") and self.runner.answers(["sudo", "-n", "true"]) is not None:
            return ["sudo", "-n", *silent]
        return None

    def _update(self, apt: list[str]) -> None:
        try:
            self.runner.run([*apt, "-q", "update"])
        except CommandError:
            self.runner.console.line("      the package lists could not be renewed; going on")

    def _available(self, need: Need) -> str:
        """Return the first name of the need that this release has."""
        known = [name for name in need if self.runner.answers(["apt-cache", "show", name])]
        return known[0] if known else need[0]

    def _try(self, commands: list[list[str]], missing: Sequence[str], by_hand: str) -> None:
        try:
            for command in commands:
                self.runner.run(command)
        except CommandError as failure:
            sentence = MISSING.format(what=", ".join(missing), command=by_hand)
            raise NotNowError(f"{sentence} ({failure})") from failure


def installed_names(dpkg_lines: str) -> set[str]:
    """Return the packages whose line of ``dpkg-query`` ends in "installed"."""
    rows = [line.split(" ", 1) for line in dpkg_lines.splitlines()]
    return {row[0] for row in rows if len(row) == 2 and row[1] == "installed"}
