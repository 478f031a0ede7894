"""Long answers are settled piece by piece; what was given out stays as it was."""

import pytest

from skills.music.bench import phrase_for_timing
from skills.music.generator.answer import SEAM_S
from skills.music.generator.engine import Generator, settles
from skills.music.notes import Phrase
from skills.music.player.score import Score, timeline
from skills.music.request import Request


@pytest.fixture(scope="module")
def generator():
    return Generator.load()


@pytest.mark.parametrize(
    ("phrase", "request_"),
    [
        (Phrase(), Request("compose", seconds=15.0, seed=3)),
        (Phrase(), Request("compose", seconds=16.0, tempo_bpm=170, mood="happy", seed=4)),
        (phrase_for_timing(), Request(seconds=14.0, seed=5)),
        (phrase_for_timing(), Request(seconds=16.0, tempo_factor=0.8, register_shift=12, seed=6)),
        (phrase_for_timing(), Request(seconds=10.0, mood="calm", key="A minor", seed=7)),
    ],
)
def test_what_sounds_while_the_rest_is_made_is_the_beginning_of_the_whole(
    generator, phrase, request_
):
    pieces = []
    whole = generator.generate(phrase, request_, grown=pieces.append)
    score = Score.growing()
    for piece in pieces:
        score.grow(piece.phrase, piece.seconds - SEAM_S)
    score.grow(whole.phrase)
    assert pieces
    assert 0.0 < pieces[0].seconds < whole.seconds / 2
    assert score.events == timeline(whole.phrase)
    assert whole == generator.generate(phrase, request_)


def test_an_answer_of_a_few_seconds_is_made_whole(generator):
    pieces = []
    generator.generate(phrase_for_timing(), Request(seconds=7.5), grown=pieces.append)
    assert not pieces


def test_the_first_part_is_settled_and_then_two_at_a_time_but_for_the_end():
    assert [[n for n in range(count) if settles(n, count)] for count in (1, 2, 3, 4, 5, 6, 8)] == [
        [], [], [], [0, 2], [0, 2], [0, 2, 4], [0, 2, 4, 6],
    ]  # fmt: skip
