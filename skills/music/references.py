"""What "the same key" means: values that a command takes over from the answer before."""

from __future__ import annotations

import re
from typing import Final

from assistant.contract import ParameterValue
from skills.music.describe import clear_key
from skills.music.session import Version

SAME: Final = re.compile(
    r"\bsame (?P<what>key|tempo|speed|mood|feeling|instrument|sound|style|length)\b"
)
PARAMETER_OF: Final = {"speed": "tempo", "feeling": "mood", "sound": "instrument"}
CHANGED_BY: Final = {
    "tempo_bpm": frozenset({"tempo_bpm", "tempo_change"}),
    "duration_seconds": frozenset({"duration_seconds", "duration_bars", "duration_change"}),
}
"""Parameters that say the same thing in another way: what was said wins."""


def same_as(text: str, version: Version, *, kept: bool) -> dict[str, ParameterValue]:
    """Return what a command wants to be the same as in an answer.

    ``kept``: the command changes that answer, which keeps everything but a key that was followed
    rather than set.
    """
    named = [found["what"] for found in SAME.finditer(text)]
    wanted = {PARAMETER_OF.get(what, what) for what in named}
    if kept:
        wanted &= {"key"}
    values = {name: _value(name, version) for name in sorted(wanted)}
    names = {"tempo": "tempo_bpm", "length": "duration_seconds"}
    return {names.get(name, name): value for name, value in values.items() if value is not None}


def with_same(
    said: dict[str, ParameterValue], text: str, version: Version | None, *, kept: bool = False
) -> dict[str, ParameterValue]:
    """Return what was said, and what shall be the same as in the open answer."""
    if version is None:
        return said
    same = same_as(text, version, kept=kept)
    free = {n: v for n, v in same.items() if not CHANGED_BY.get(n, frozenset({n})) & said.keys()}
    return {**free, **said}


def _value(name: str, version: Version) -> ParameterValue | None:
    request, answer = version.request, version.answer
    if name == "key":
        found = clear_key(answer.phrase) or clear_key(version.phrase)
        return request.key or (found.name if found else None)
    if name == "tempo":
        heard = round(answer.tempo_bpm) if answer.tempo_bpm else None
        return request.tempo_bpm or heard
    if name == "length":
        return answer.seconds
    values: dict[str, ParameterValue | None] = {
        "mood": request.mood,
        "instrument": request.instrument,
        "style": request.style,
    }
    return values[name]
