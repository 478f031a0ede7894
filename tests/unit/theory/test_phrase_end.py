from __future__ import annotations

import json
from pathlib import Path

import pytest

from skills.music.keyboard.events import KeyEvent, Pedal, Stroke
from skills.music.theory.ending import NAMES
from skills.music.theory.phrase_end import LONGEST_S, MODEL, PhraseEnd, load_ender

TICK_S = 0.02


def told(
    events: list[KeyEvent], after_s: float = 4.0, detector: PhraseEnd | None = None
) -> list[float]:
    """Return when ends are told, in seconds after the last event."""
    detector = detector or PhraseEnd()
    found, now_s, last_s = [], events[0].time_s, events[-1].time_s
    for event in [*events, None]:
        until_s = last_s + after_s if event is None else event.time_s
        while now_s < until_s:
            if detector.tick(now_s):
                found.append(now_s - last_s)
            now_s += TICK_S
        if event is not None:
            detector.feed(event)
    return found


def melody(
    pitches: list[int], gap_s: float = 0.4, held: float = 0.9, start_s: float = 0.0
) -> list[KeyEvent]:
    events: list[KeyEvent] = []
    for place, pitch in enumerate(pitches):
        at_s = start_s + place * gap_s
        events += [Stroke(at_s, pitch, 80), Stroke(at_s + held * gap_s, pitch, 0)]
    return events


TUNE = [60, 62, 64, 65, 67, 65, 64, 62, 64, 60, 62, 59, 60]


def test_a_phrase_ends_once_after_a_silence() -> None:
    found = told(melody(TUNE))
    assert len(found) == 1
    assert 0.0 < found[0] <= LONGEST_S + 2 * TICK_S
    assert found == told(melody(TUNE))  # whatever was heard before


def test_nothing_ends_while_the_tune_goes_on() -> None:
    assert all(t > 0.0 for t in told(melody(TUNE * 4)))


def test_a_pause_like_the_ones_before_is_no_end() -> None:
    events: list[KeyEvent] = []
    for part in range(5):
        events += melody(TUNE[:6], start_s=part * 3.3)
    assert all(t > 0.0 for t in told(events))


def test_a_slow_player_is_not_cut_short_by_pauses_that_end_a_fast_one() -> None:
    assert all(t > 0.0 for t in told(melody(TUNE, gap_s=1.4, held=0.5)))


def test_the_end_of_an_even_scale_is_told_soon() -> None:
    assert told(melody([60, 62, 64, 65, 67, 69, 71, 72], gap_s=0.25))[0] < 1.0


def test_a_slow_player_is_learnt_after_coming_back() -> None:
    chords = [[48, 64, 67], [50, 65, 69], [47, 62, 67], [48, 64, 67]] * 4
    events: list[KeyEvent] = []
    for place, pitches in enumerate(chords):
        at_s = place * 3.0
        events += [Stroke(at_s, p, 80) for p in pitches]
        events += [Stroke(at_s + 2.8, p, 0) for p in pitches]
    early = [t for t in told(events) if t < 0.0]
    assert len(early) <= 2  # the first waits may be taken for ends, later ones may not
    assert all(t < -3.0 * 9 for t in early)


def test_no_stroke_is_no_phrase() -> None:
    detector = PhraseEnd()
    detector.feed(Pedal(0.0, True))
    assert not any(detector.tick(t / 10) for t in range(100))


def test_a_few_keys_end_only_after_a_long_silence() -> None:
    found = told(melody([60, 64]))
    assert len(found) == 1
    assert found[0] >= 1.4


def test_a_new_phrase_is_told_again_and_reset_forgets_the_old_one() -> None:
    detector = PhraseEnd()
    assert len(told(melody(TUNE), detector=detector)) == 1
    assert len(told(melody(TUNE, start_s=100.0), detector=detector)) == 1
    for event in melody(TUNE, start_s=200.0):
        detector.feed(event)
    detector.reset()
    assert not detector.tick(300.0)
    assert detector.chance == 0.0


def test_the_same_playing_is_judged_the_same_whenever_it_is() -> None:
    early, late = told(melody(TUNE)), told(melody(TUNE, start_s=5000.0))
    assert early == pytest.approx(late, abs=2 * TICK_S)


def test_keys_that_never_went_down_and_stuck_keys_are_survived() -> None:
    events = [
        Stroke(0.0, 50, 0),
        *melody(TUNE, start_s=0.1),
        Stroke(5.9, 50, 90),
        Stroke(6.0, 50, 90),
    ]
    told(sorted(events, key=lambda e: e.time_s))


def test_numbers_for_other_features_are_refused(tmp_path: Path) -> None:
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    assert stored["names"] == list(NAMES)
    stored["names"][0] = "else"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(ValueError, match="other features"):
        load_ender(other)
