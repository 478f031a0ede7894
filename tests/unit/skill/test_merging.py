from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.contract import InputError, ParameterValue
from skills.music.merging import with_parameters
from skills.music.parameters import CHECKS, checked
from skills.music.request import MOODS, Request

WORDS = {
    "mood": MOODS,
    "tempo_change": ("faster", "slower"),
    "duration_change": ("longer", "shorter"),
    "register_change": ("higher", "lower"),
    "density_change": ("more", "less"),
    "creativity_change": ("more", "less"),
    "volume_change": ("louder", "quieter"),
    "amount": ("little", "much"),
}
SAID = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.sampled_from(words) for name, words in WORDS.items()},
        "tempo_bpm": st.integers(30, 300),
        "duration_seconds": st.floats(0.5, 600),
        "duration_bars": st.integers(1, 256),
        "key": st.sampled_from(["C major", "F# minor"]),
    },
)


@given(st.lists(SAID, max_size=12))
def test_whatever_is_said_the_request_stays_possible(
    commands: list[dict[str, ParameterValue]],
) -> None:
    request = Request()
    for said in commands:
        request = with_parameters(request, said, again=True)  # Request checks its own ranges
    assert -36 <= request.register_shift <= 36
    assert 0.25 <= request.mood_strength <= 3
    assert abs(request.density) <= 3
    assert abs(request.creativity) <= 3
    assert abs(request.velocity_shift) <= 64


def test_nothing_said_changes_nothing() -> None:
    request = Request(mood="sad", seed=7, seconds=3.0)
    assert with_parameters(request, {}) == request


def test_a_change_keeps_everything_else() -> None:
    request = Request(mood="sad", key="C major", seed=7, instrument="flute")
    changed = with_parameters(request, {"tempo_change": "faster"}, again=True)
    assert changed.tempo_factor == pytest.approx(1.25)
    assert (changed.mood, changed.key, changed.seed, changed.instrument) == (
        "sad",
        "C major",
        7,
        "flute",
    )


def test_sadder_twice_is_sadder_than_once() -> None:
    once = with_parameters(Request(), {"mood": "sad"}, again=True)
    twice = with_parameters(once, {"mood": "sad"}, again=True)
    assert once.mood_strength == 1.0
    assert twice.mood_strength == 1.5


def test_another_mood_begins_at_its_own_strength() -> None:
    strong = Request(mood="sad", mood_strength=3.0)
    assert with_parameters(strong, {"mood": "happy"}, again=True).mood_strength == 1.0


def test_amounts_order_every_change() -> None:
    for change, up, value in (
        ("tempo_change", "faster", "tempo_factor"),
        ("duration_change", "longer", "length_factor"),
        ("register_change", "higher", "register_shift"),
        ("density_change", "more", "density"),
        ("creativity_change", "more", "creativity"),
        ("volume_change", "louder", "velocity_shift"),
    ):
        little, plain, much = (
            getattr(with_parameters(Request(), {change: up, **amount}), value)
            for amount in ({"amount": "little"}, {}, {"amount": "much"})
        )
        assert getattr(Request(), value) < little < plain < much, change


def test_faster_and_slower_undo_each_other() -> None:
    faster = with_parameters(Request(), {"tempo_change": "faster"})
    back = with_parameters(faster, {"tempo_change": "slower"})
    assert back.tempo_factor == pytest.approx(1.0)


def test_faster_after_a_tempo_in_beats_changes_the_beats() -> None:
    request = with_parameters(Request(), {"tempo_bpm": 100})
    assert with_parameters(request, {"tempo_change": "faster"}).tempo_bpm == 125


def test_a_length_in_seconds_replaces_one_in_bars() -> None:
    request = with_parameters(Request(bars=4), {"duration_seconds": 7.5})
    assert (request.seconds, request.bars) == (7.5, None)


@pytest.mark.parametrize("bars", [1, 2, 3, 8])
def test_longer_adds_a_bar_at_least(bars: int) -> None:
    longer = with_parameters(Request(bars=bars), {"duration_change": "longer", "amount": "little"})
    assert longer.bars is not None
    assert longer.bars > bars


def test_one_bar_cannot_get_shorter() -> None:
    assert with_parameters(Request(bars=1), {"duration_change": "shorter"}).bars == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"mood": "hapy"}, "mood must be one of happy, sad"),
        ({"duration_seconds": -3}, "duration_seconds must be from 0.5 to 600, not -3."),
        ({"duration_seconds": "five"}, "duration_seconds must be a number, not 'five'."),
        ({"duration_seconds": float("nan")}, "must be a number"),
        ({"tempo_bpm": 90.5}, "tempo_bpm must be a whole number"),
        ({"tempo_bpm": True}, "tempo_bpm must be a whole number"),
        ({"key": "H major"}, 'key must be like "C major"'),
        ({"style": ""}, "style must be some words"),
        ({"colour": "red"}, "There is no parameter 'colour'"),
    ],
)
def test_an_impossible_parameter_is_told(said: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        checked(said)
    assert sentence in str(caught.value)


def test_a_key_is_brought_to_its_written_form() -> None:
    assert checked({"key": "f sharp minor"}) == {"key": "F# minor"}


def test_the_table_holds_every_parameter_of_the_contract() -> None:
    contract = (
        "mood tempo_bpm tempo_change key style instrument duration_seconds duration_bars"
        " duration_change creativity_change register_change density_change volume_percent"
        " volume_change name format switch span choice amount"
    )
    assert set(CHECKS) == set(contract.split())
