"""What the torture sends, and how it judges what came."""

from __future__ import annotations

from collections import Counter

from skills.music.player.strangers import flood
from skills.music.player.torture import verdict


def test_a_flood_has_as_many_events_as_asked_and_ends_every_key() -> None:
    for count in (2, 8, 300, 2000):
        events = flood(count, seed=count)
        assert len(events) == count
        down: set[int] = set()
        for pitch, velocity in events:
            assert (pitch in down) == (velocity == 0)
            (down.add if velocity else down.discard)(pitch)
        assert not down


def test_no_two_strokes_of_a_flood_are_the_same() -> None:
    strokes = [event for event in flood(10_000) if event[1]]
    assert Counter(strokes).most_common(1)[0][1] == 1


def test_what_is_lost_or_out_of_order_is_told() -> None:
    events = flood(40)
    assert verdict(events, events) == "none lost, none reordered"
    assert verdict(events, [events[1], events[0], *events[2:]]) == "reordered"
    assert verdict(events, events[3:]) == "3 of 40 lost"
