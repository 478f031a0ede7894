"""What events say about recall, speed and false alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from assistant.ears.heard import CommandHeard, EarEvent, StopHeard, Woken
from tests.benchmarks.hands_free.simulation import Heard
from tests.benchmarks.hands_free.sounds import Spoken, mean

REACH_S = 2.0
"""An event belongs to a clip until so long after its end."""
Figures = dict[str, object]


def recall(heard: Heard, wake_word: str = "maestro") -> Figures:
    """Return how many calls woke, how many commands came out, and how long that took."""
    wakes, commands, exact = [], [], []
    waits_s: list[float] = []
    stops_s: list[float] = []
    for clip in heard.track.spoken:
        events = heard.within(clip.begin_s, clip.end_s + REACH_S)
        wakes.append(any(isinstance(event, Woken) for event in events))
        told = [event for event in events if isinstance(event, CommandHeard)]
        text = clip.text.removeprefix(wake_word).strip()
        if text:
            commands.append(len(told) == 1)
            exact.append([event.transcript.text for event in told] == [text])
            waits_s += [told[0].at_s - clip.end_s] if told else []
        if text == "stop":
            stops_s += _stop_times(events, clip)
    return {
        "track": heard.track.name,
        "calls": len(wakes),
        "woken": round(mean(wakes), 4),
        "one_command": round(mean(commands), 4),
        "command_exact": round(mean(exact), 4),
        "known_after_s_p50": _quantile(waits_s, 0.5),
        "known_after_s_p95": _quantile(waits_s, 0.95),
        "stop_after_s": [round(wait_s, 2) for wait_s in sorted(stops_s)],
        "processor_share": round(heard.spent_s / heard.track.seconds, 4),
    }


def false_alarms(tracks: Iterable[Heard], is_command: Callable[[str], bool]) -> Figures:
    """Return wakes and commands in sound that holds none, per hour."""
    seconds = spent_s = 0.0
    wakes, stops, ducks = 0, 0, 0
    commands: list[str] = []
    for heard in tracks:
        seconds += heard.track.seconds
        spent_s += heard.spent_s
        wakes += heard.count(Woken)
        stops += heard.count(StopHeard)
        ducks += heard.ducks
        texts = [e.transcript.text for _, e in heard.events if isinstance(e, CommandHeard)]
        commands += [text for text in texts if is_command(text)]
    hours = seconds / 3600
    return {
        "hours": round(hours, 3),
        "false_wakes": wakes,
        "false_wakes_per_hour": round(wakes / hours, 3),
        "false_commands": commands,
        "false_stops": stops,
        "ducks": ducks,
        "processor_share": round(spent_s / seconds, 4),
    }


def _stop_times(events: list[EarEvent], clip: Spoken) -> list[float]:
    stops = [event.at_s - clip.end_s for event in events if isinstance(event, StopHeard)]
    return stops[:1]


def _quantile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    return round(sorted(values)[min(int(len(values) * share), len(values) - 1)], 3)
