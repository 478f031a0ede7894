"""Other vocal tracts and other paces, made of the features of the training."""

import numpy as np
import pytest

from speech import chunks
from speech.chunks import CHUNK, NO_LABEL, Corpus, batches
from speech.network import PAST
from speech.warping import STRETCHES, band_warp, cepstrum, warps


def test_bands_are_found_again_in_the_cepstrum():
    bands = np.random.default_rng(2).normal(10, 3, 40)
    np.testing.assert_allclose(np.linalg.solve(cepstrum(), cepstrum() @ bands), bands)


def test_a_stretched_formant_lies_higher_and_a_shrunken_one_lower():
    formant = np.exp(-((np.arange(40) - 18.0) ** 2) / 8)
    place = {stretch: int((band_warp(stretch) @ formant).argmax()) for stretch in (0.85, 1.0, 1.18)}
    assert place[0.85] < place[1.0] == 18 < place[1.18]


def test_a_vocal_tract_like_its_own_changes_nothing():
    nearest = int(np.abs(STRETCHES - 1).argmin())
    frames = np.random.default_rng(3).normal(0, 10, (20, 40)).astype(np.float32)
    np.testing.assert_allclose(frames @ warps()[nearest], frames, atol=4)
    assert np.abs(frames @ warps()[0] - frames).max() > 4


@pytest.fixture
def corpus() -> Corpus:
    """Four utterances whose first coefficient counts frames and whose class lasts ten of them."""
    length = 600
    frames = np.zeros((4 * length, 40), np.float16)
    frames[:, 0] = np.tile(np.arange(length), 4)
    classes = np.tile(np.arange(length) // 16, 4).astype(np.uint8)
    return Corpus(frames, classes, length * np.arange(4), np.full(4, length))


def test_labels_stay_with_their_frames_at_every_pace(corpus, monkeypatch):
    monkeypatch.setattr(chunks, "_disturb", lambda frames, _rng: frames)
    monkeypatch.setattr(chunks, "OTHER_TRACT_SHARE", 0.0)
    paces = set()
    for batch in batches(corpus, 4, np.random.default_rng(4)):
        middle = batch.frames[:, PAST : PAST + 3 * CHUNK : 3, 0]
        known = batch.labels != NO_LABEL
        assert np.abs(middle // 16 - batch.labels)[known].max() == 0
        paces |= {round(float(row[30] - row[0]) / 90, 2) for row in middle if row[30] < 560}
    assert 1.0 in paces
    assert min(paces) < 0.97 or max(paces) > 1.03
