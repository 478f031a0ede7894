"""The shipped model answers phrases: alive, in time, in key, the same for the same seed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from assistant.contract import InputError
from skills.music.bench import phrase_for_timing
from skills.music.generator.engine import Generator
from skills.music.generator.features import FEATURES, measure, pitch_classes
from skills.music.generator.gate import degenerate
from skills.music.notes import Note, Phrase
from skills.music.request import MOODS, Request


@pytest.fixture(scope="module")
def generator():
    return Generator.load()


def one_finger():
    tune = (67, 64, 64, 65, 62, 62, 60, 62, 64, 65, 67, 67, 67)
    return Phrase(tuple(Note(i * 0.4, p, 0.35, 80) for i, p in enumerate(tune)))


def feature(answer, name):
    return measure(answer.phrase.to_array())[FEATURES.index(name)]


@pytest.mark.parametrize("seconds", [0.5, 2.0, 5.0, 12.3])
def test_the_answer_has_exactly_the_asked_length(generator, seconds):
    answer = generator.generate(phrase_for_timing(), Request(seconds=seconds))
    assert answer.phrase.length_s == pytest.approx(seconds)
    assert max(n.end_s for n in answer.phrase.notes) == pytest.approx(seconds, abs=0.05)


def test_the_answer_is_as_long_as_the_phrase_and_five_seconds_at_least(generator):
    long = Phrase(tuple(Note(i * 0.5, 60 + i * 7 % 12, 0.4, 70) for i in range(52)), 26.0)
    for phrase, seconds in (
        (one_finger(), 5.15),
        (Phrase((Note(0.0, 60, 1.0, 80),)), 5.0),
        (long, 26.0),
    ):
        answer = generator.generate(phrase, Request())
        assert answer.phrase.length_s == pytest.approx(seconds)
        assert max(n.end_s for n in answer.phrase.notes) == pytest.approx(seconds, abs=0.05)


def test_the_same_seed_gives_the_same_notes_and_another_seed_others(generator):
    phrase = phrase_for_timing()
    first, again, other = (generator.generate(phrase, Request(seed=s)) for s in (4, 4, 5))
    assert first.phrase == again.phrase
    assert first.phrase != other.phrase


@pytest.mark.parametrize(
    "phrase",
    [
        Phrase((Note(0.0, 60, 0.5, 80),)),
        Phrase((Note(0.0, 60, 0.5, 80), Note(1.0, 60, 0.5, 80))),
        Phrase(tuple(Note(i * 0.2, 21 + i % 2, 0.1, 127) for i in range(30))),
        Phrase(tuple(Note(0.0, p, 8.0, 40) for p in range(100, 128, 3))),
        Phrase(tuple(Note(i * 0.01, 40 + i % 50, 0.02, 1) for i in range(600))),
        Phrase((Note(500.0, 72, 0.5, 80), Note(900.0, 74, 0.5, 80), Note(901.0, 76, 0.5, 80))),
        one_finger(),
    ],
    ids=["one note", "two notes", "low trill", "cluster", "torrent", "long silences", "one finger"],
)
def test_every_phrase_gets_a_living_answer(generator, phrase):
    for seed in range(3):
        answer = generator.generate(phrase, Request(seconds=5.0, seed=seed))
        assert not degenerate(answer.phrase.to_array())
        assert max(n.end_s for n in answer.phrase.notes) == pytest.approx(5.0, abs=0.05)
        assert min(n.onset_s for n in answer.phrase.notes) <= 1.01


def test_an_empty_phrase_is_refused_in_a_sentence(generator):
    with pytest.raises(InputError, match="nothing to continue"):
        generator.generate(Phrase(), Request())


def test_compose_needs_no_phrase_and_keeps_the_asked_key(generator):
    answer = generator.generate(Phrase(), Request(verb="compose", key="D major", seconds=8.0))
    inside = {(2 + step) % 12 for step in (0, 2, 4, 5, 7, 9, 11)}
    profile = pitch_classes(answer.phrase.to_array())
    assert sum(profile[list(inside)]) / profile.sum() > 0.9
    assert not degenerate(answer.phrase.to_array())


def test_the_answer_stays_in_the_key_of_the_phrase(generator):
    phrase = phrase_for_timing()
    own = pitch_classes(phrase.to_array())
    fits = []
    for seed in range(5):
        answer = generator.generate(phrase, Request(seed=seed))
        profile = pitch_classes(answer.phrase.to_array())
        fits.append(own @ profile / np.linalg.norm(own) / np.linalg.norm(profile))
    assert np.mean(fits) > 0.75


def test_happy_and_sad_are_heard_in_the_features(generator):
    phrase = phrase_for_timing()
    happy, sad = (
        [generator.generate(phrase, Request(mood=mood, seed=s)) for s in range(4)]
        for mood in ("happy", "sad")
    )
    for name in ("onset_rate", "velocity_mean", "third_mode"):
        high, low = (np.mean([feature(a, name) for a in group]) for group in (happy, sad))
        assert high > low, name


def test_a_one_finger_phrase_gets_a_melody_and_no_wall_of_chords(generator):
    answers = [generator.generate(one_finger(), Request(seed=s)) for s in range(4)]
    assert np.mean([feature(a, "chord_size") for a in answers]) < 1.5


@pytest.mark.parametrize("octaves", [3, -3], ids=["very high", "very low"])
def test_a_tune_at_the_edge_of_the_keyboard_is_answered_where_it_lies(generator, octaves):
    tune = one_finger().transposed(12 * octaves)
    answers = [generator.generate(tune, Request(seconds=5.0, seed=s)) for s in range(3)]
    heights = [feature(a, "pitch_mean") for a in answers]
    assert np.mean(heights) == pytest.approx(tune.to_array()[:, 2].mean(), abs=7)


def test_a_slow_tune_gets_more_than_held_notes(generator):
    auld = ((67, 1), (72, 1.5), (71, 0.5), (72, 1), (76, 1), (74, 1.5), (72, 0.5), (74, 1), (76, 1))
    ends = np.cumsum([beats for _, beats in auld]) * 0.6
    notes = (
        Note(e - b * 0.6, p, b * 0.58, 80) for e, (p, b) in zip(ends.tolist(), auld, strict=True)
    )
    tune = Phrase(tuple(notes))
    counts = [
        len(generator.generate(tune, Request(seconds=5.0, seed=s)).phrase.notes) for s in range(4)
    ]
    assert np.mean(counts) > 5.5, counts  # the tune itself has 8 notes in as much time


def test_a_scores_exact_grid_and_loudness_are_taken_over(generator):
    answer = generator.generate(one_finger(), Request(seconds=5.0, seed=2)).phrase.to_array()
    places = (answer[:, 0] + one_finger().length_s) / 0.4
    on_grid = np.abs(places * 4 - np.round(places * 4)) < 0.05
    assert on_grid.mean() > 0.9
    assert set(answer[:, 3]) == {80.0}


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_gets_a_living_answer(generator, mood):
    assert not degenerate(generator.generate(one_finger(), Request(mood=mood)).phrase.to_array())


def test_more_density_means_more_notes(generator):
    few, many = (generator.generate(phrase_for_timing(), Request(density=d)) for d in (-2, 2))
    assert len(many.phrase) > len(few.phrase)


def test_an_octave_up_is_an_octave_up(generator):
    plain, high = (
        generator.generate(phrase_for_timing(), Request(register_shift=s)) for s in (0, 12)
    )
    assert [n.pitch + 12 for n in plain.phrase.notes] == [n.pitch for n in high.phrase.notes]


def test_faster_shortens_the_steps(generator):
    plain, fast = (
        generator.generate(phrase_for_timing(), Request(tempo_factor=f, seconds=6.0))
        for f in (1.0, 1.5)
    )
    assert feature(fast, "onset_rate") > 1.2 * feature(plain, "onset_rate")
    assert fast.tempo_bpm == pytest.approx(1.5 * plain.tempo_bpm)


def test_bars_follow_the_pulse_of_the_phrase(generator):
    answer = generator.generate(phrase_for_timing(), Request(bars=2))
    assert answer.seconds == pytest.approx(2 * 4 * 60 / answer.tempo_bpm)


def test_a_cancelled_turn_ends_at_once_with_no_notes(generator):
    cancelled = threading.Event()
    cancelled.set()
    answer = generator.generate(phrase_for_timing(), Request(seconds=600.0), cancelled)
    assert len(answer.phrase) == 0


def test_a_phrase_of_two_levels_that_lie_close_together_is_gone_on_with_in_both(generator):
    notes = [
        Note(0.5 * beat, pitch, 0.499, 127 if beat % 4 == 0 else 125)
        for beat in range(16)
        for pitch in (48 + beat % 3, 55, 64 - beat % 2, 72 - beat % 4)
    ]
    answer = generator.generate(Phrase(tuple(notes), 8.0), Request(seconds=5.0, seed=3))
    assert {note.velocity for note in answer.phrase.notes} == {125, 127}


def test_answers_made_at_the_same_time_have_the_notes_of_answers_made_in_turn(generator):
    requests = [Request(seconds=2.0, seed=seed) for seed in range(4)]
    in_turn = [generator.generate(one_finger(), request).phrase for request in requests]
    with ThreadPoolExecutor(3) as pool:
        made = pool.map(lambda request: generator.generate(one_finger(), request), requests * 2)
        at_once = [answer.phrase for answer in made]
    assert at_once == in_turn * 2


def test_candidates_of_several_beginnings_each_go_on_from_their_own(generator):
    """Two starts of one state draw what one draws; of two phrases each draws its own half."""
    start = generator.start(one_finger(), Request(seconds=2.0))
    other = generator.start(phrase_for_timing(), Request(seconds=2.0))
    wish = replace(start.wish, candidates=8, seconds=2.0)
    draw = generator.sampler.draw
    one, twice = draw(start.heard, wish), draw([start.heard, start.heard], wish)
    assert [d.notes.tolist() for d in one] == [d.notes.tolist() for d in twice]
    assert {d.origin for d in one} == {0}
    mixed = draw([start.heard, replace(other.heard, clock_s=start.heard.clock_s)], wish)
    assert {d.origin for d in mixed} == {0, 1}
    notes = {origin: [d.notes.tolist() for d in mixed if d.origin == origin] for origin in (0, 1)}
    assert not any(n in notes[0] for n in notes[1])
    assert not any(n in notes[1] for n in notes[0])


def test_after_a_tune_that_is_cut_in_a_note_the_answer_begins_when_the_next_is_due(generator):
    """The last note has sounded for a tenth of a second of its half: the next is due in 0.4 s."""
    steps = (60, 62, 64, 65, 67, 65, 64, 62, 64, 65, 67, 69, 67, 65, 64)
    notes = [Note(0.5 * k, pitch, 0.45, 80) for k, pitch in enumerate(steps[:-1])]
    phrase = Phrase((*notes, Note(7.0, steps[-1], 0.1, 80)), 7.1)
    first = [
        generator.generate(phrase, Request(seconds=2.0, seed=seed)).phrase.notes[0].onset_s
        for seed in range(6)
    ]
    assert sum(abs(onset_s - 0.4) < 0.06 for onset_s in first) >= 5
