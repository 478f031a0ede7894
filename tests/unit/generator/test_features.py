"""The features that conditions and gate are made of."""

import numpy as np
import pytest

from skills.music.generator.features import FEATURES, measure, measure_ahead


def feature(notes, name):
    return measure(np.array(notes, dtype=float))[FEATURES.index(name)]


def scale(pitches, step_s=0.25, velocity=80):
    return [(i * step_s, (i + 1) * step_s, p, velocity) for i, p in enumerate(pitches)]


C_MAJOR = [60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 60]
C_MINOR = [60, 62, 63, 65, 67, 68, 71, 72, 67, 63, 60]


def test_major_and_minor_are_told_apart():
    assert feature(scale(C_MAJOR), "major_minus_minor") > 0.1
    assert feature(scale(C_MINOR), "major_minus_minor") < -0.1
    assert (
        feature(scale(C_MAJOR), "third_mode") > 0.9 > -0.9 > feature(scale(C_MINOR), "third_mode")
    )


def test_mode_does_not_depend_on_the_key():
    for shift in range(1, 12):
        moved = feature(scale([p + shift for p in C_MAJOR]), "major_minus_minor")
        assert moved == pytest.approx(feature(scale(C_MAJOR), "major_minus_minor"))


def test_rates_are_a_second():
    assert feature(scale(C_MAJOR, 0.25), "onset_rate") == pytest.approx(4.0, rel=0.01)
    assert feature(scale(C_MAJOR, 0.5), "onset_rate") == pytest.approx(2.0, rel=0.01)


def test_a_spread_chord_is_one_onset():
    chord = [(0.0, 1, 48, 80), (0.02, 1, 55, 80), (0.04, 1, 64, 80), (1.0, 2, 50, 80)]
    assert feature(chord, "chord_size") == 2.0


def test_too_few_notes_say_nothing():
    assert measure(np.array([(0.0, 1.0, 60.0, 80.0)])) is None


def test_windows_without_notes_are_blank():
    notes = np.array([*scale(C_MAJOR), (40.0, 41.0, 60, 80)], dtype=float)
    windows = measure_ahead(notes, 2.0, 6.0)
    assert len(windows) == 21
    assert np.isnan(windows[10]).all()
    assert not np.isnan(windows[0]).any()
