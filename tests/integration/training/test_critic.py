"""What the critic is taught on does not depend on who draws it."""

from skills.music.generator.checkpoint import DEFAULT_FOLDER, verify
from skills.music.generator.critic import Critic
from skills.music.training.corpora import CORPORA
from skills.music.training.pairs import SHARES, gather, places


def test_two_processes_draw_what_one_draws(music):
    found = places(music, {}, 3, 0, "train")[:5]
    alone, shared = (gather(DEFAULT_FOLDER, found, workers) for workers in (1, 2))
    assert len(alone.human) > 2
    for name in ("human", "drawn", "case", "merit"):
        assert (getattr(alone, name) == getattr(shared, name)).all()


def test_small_corpora_and_textures_give_fewer_cuts(music):
    count = len(places(music, {}, 10, 0, "train"))
    more = places(music, {"line": music}, 10, 0, "train")
    assert len(more) - count == round(10 * SHARES["line"])
    small = [name for name in SHARES if name in {corpus.name for corpus in CORPORA}]
    assert len(small) == 3
    assert count == 3 * 10 + sum(round(10 * SHARES[name]) for name in small)


def test_the_shipped_critic_was_taught_on_the_shipped_weights():
    assert Critic.taught_on(DEFAULT_FOLDER) == verify(DEFAULT_FOLDER)
