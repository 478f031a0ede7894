""" "From now on …": what the user set by saying so, kept from one sitting to the next."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from skills.music.index import Index, IndexUnavailable
from skills.music.instruments import PROGRAMS
from skills.music.request import Request
from skills.music.theory.key import parse_key

log = logging.getLogger(__name__)

VOLUME: Final = "volume_percent"
HANDOVER: Final = "handover_control"
"""The pedal that was learnt."""
FIELDS: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("mood", "key", "style", "instrument"), (str, type(None))),
    **dict.fromkeys(("tempo_bpm", "bars"), (int, type(None))),
    "seconds": (int, float, type(None)),
    **dict.fromkeys(("mood_strength", "tempo_factor", "length_factor"), (int, float)),
    **dict.fromkeys(("creativity", "register_shift", "density", "velocity_shift"), (int,)),
}
"""Parts of a request that can be a default, and the types they may have."""


class StoredDefaults:
    """The defaults in the index beside the takes."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def applied_to(self, base: Request) -> Request:
        """Return the settings' defaults changed by what was said; what is wrong is left out."""
        for name, value in self._read().items():
            if name in (VOLUME, HANDOVER):
                continue
            try:
                base = _with(base, name, value)
            except (TypeError, ValueError) as error:
                log.warning("The kept default %s is left out: %s.", name, error)
        return base

    def volume_percent(self, otherwise: int) -> int:
        """Return the kept volume."""
        value = self._read().get(VOLUME)
        return value if type(value) is int and 0 <= value <= 100 else otherwise

    def keep(self, before: Request, after: Request) -> bool:
        """Keep what changed; False when it cannot be written and holds for this sitting alone."""
        old = asdict(before)
        return self._write({n: v for n, v in asdict(after).items() if n in FIELDS and v != old[n]})

    def keep_volume(self, percent: int) -> bool:
        """Keep the volume for the next sittings; False when it cannot be written."""
        return self._write({VOLUME: percent})

    def handover_control(self, otherwise: int | None) -> int | None:
        """Return the controller of the pedal that was learnt."""
        value = self._read().get(HANDOVER)
        return value if type(value) is int and 0 <= value <= 127 else otherwise

    def keep_handover_control(self, number: int | None) -> bool:
        """Keep the pedal for the next sittings; False when it cannot be written."""
        return self._write({HANDOVER: number})

    def forget(self) -> bool:
        """Drop everything that was kept; False when it cannot be written."""
        try:
            self._index.forget_defaults()
        except IndexUnavailable as error:
            log.warning("%s", error)
            return False
        return True

    def _read(self) -> dict[str, Any]:
        try:
            return self._index.defaults()
        except IndexUnavailable as error:
            log.warning("%s", error)
            return {}

    def _write(self, values: Mapping[str, Any]) -> bool:
        try:
            self._index.path.parent.mkdir(parents=True, exist_ok=True)
            self._index.put_defaults(values)
        except (IndexUnavailable, OSError) as error:
            log.warning("%s", error)
            return False
        return True


def _with(request: Request, name: str, value: Any) -> Request:
    """Return the request with one value; ValueError or TypeError when it is not possible."""
    if name not in FIELDS or isinstance(value, bool) or not isinstance(value, FIELDS[name]):
        raise ValueError(f"it cannot be {value!r}")
    if name == "instrument" and value is not None and value not in PROGRAMS:
        raise ValueError(f"there is no {value}")
    if name == "key" and isinstance(value, str):
        parse_key(value)
    changes: dict[str, Any] = {name: value}
    return replace(request, **changes)
