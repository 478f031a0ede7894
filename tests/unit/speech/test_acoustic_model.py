import struct

import numpy as np
import pytest
import torch

from speech.chunks import NO_LABEL
from speech.kaldi import acoustic_model, transition_model
from speech.mmi import denominator, mmi_loss, numerator, phone_trigram, runs
from speech.network import FUTURE, PAST, SPLICES, Layer, TimeDelayNetwork, folded_layers, run_layers
from speech.phones import CLASSES, PLACED, class_of, enter_id, place, stay_id
from speech.warm_start import ModelFileError, moved, read_layers, unfolded


def network_with_statistics() -> TimeDelayNetwork:
    torch.manual_seed(2)
    network = TimeDelayNetwork(width=24).eval()
    network.mean.normal_(0, 5)
    network.spread.uniform_(4, 9)
    for norm in network.norm:
        norm.running_mean.uniform_(0, 0.4)
        norm.running_var.uniform_(0.3, 1.2)
    return network


def test_folded_layers_score_like_the_network():
    network = network_with_statistics()
    frames = torch.randn(1, 3 * 7 + 1 + PAST + FUTURE, 40) * 8
    with torch.no_grad():
        scores = network(frames)[0].numpy()
    plain = run_layers(folded_layers(network), frames[0].numpy())
    assert scores.shape == (8, len(CLASSES))
    np.testing.assert_allclose(plain, scores, atol=1e-4)


def test_a_sound_is_known_within_a_sixth_of_a_second():
    network = network_with_statistics()
    frames = torch.randn(1, 3 * 30 + 1 + PAST + FUTURE, 40) * 8
    later = frames.clone()
    heard = 3 * 15 + PAST  # what the sixteenth output frame is about
    later[0, heard + 16 :] += 20
    with torch.no_grad():
        difference = (network(frames) - network(later)).abs()[0].amax(1)
    assert float(difference[:16].max()) == 0.0
    assert float(difference[16:].max()) > 0.0


def test_kaldi_is_told_how_far_the_network_looks_to_either_side():
    written = acoustic_model(folded_layers(network_with_statistics()), priors=None)
    numbers = [
        struct.unpack_from("<i", written, written.index(token) + len(token) + 1)[0]
        for token in (b"<LeftContext> ", b"<RightContext> ")
    ]
    assert numbers == [PAST, FUTURE]
    assert PAST > FUTURE


def test_a_network_that_looked_elsewhere_keeps_what_lies_near():
    rng = np.random.default_rng(1)
    old = [(-2, -1, 0, 1, 2), (-3, 0, 3), (-3, 0, 3), (-6, 0, 6), (-6, 0, 6), (-9, 0, 9), (0,)]
    layers = [
        Layer(splice, rng.random((4, 4 * len(splice)), np.float32) + 1, np.zeros(4), True)
        for splice in old
    ]
    new = moved(layers)
    assert tuple(layer.splice for layer in new[:-1]) == SPLICES
    np.testing.assert_array_equal(new[1].weights, layers[1].weights)
    np.testing.assert_array_equal(new[3].weights, layers[3].weights)  # 6 frames on, now 3
    assert not new[5].weights[:, :4].any()  # a frame it never looked at
    np.testing.assert_array_equal(new[5].weights[:, 4:], layers[5].weights[:, :8])


def test_every_placed_phone_has_its_own_transitions():
    ids = [(enter_id(phone), stay_id(phone)) for phone in PLACED]
    assert len({number for pair in ids for number in pair}) == 2 * len(PLACED)
    assert min(min(pair) for pair in ids) == 1


def test_places_in_a_word():
    assert place(["M", "UW", "D"]) == ["M_B", "UW_I", "D_E"]
    assert place(["AH"]) == ["AH_S"]
    assert CLASSES[class_of("UW_I")] == "UW"


def test_written_weights_are_true_to_sixteen_bits():
    layers = folded_layers(network_with_statistics())
    written = acoustic_model(layers, priors=None)
    assert written.startswith(b"\0B<TransitionModel> <Topology> ")
    at = written.index(b"<LinearParams> CM2 ") + len(b"<LinearParams> CM2 ")
    low, span, rows, columns = struct.unpack_from("<ffii", written, at)
    assert (rows, columns) == layers[0].weights.shape
    steps = np.frombuffer(written, "<u2", rows * columns, at + 16).reshape(rows, columns)
    error = np.abs(low + span * steps / 65535 - layers[0].weights).max()
    assert error < 1e-4 * span


def test_a_written_model_is_read_back_to_the_same_layers():
    layers = folded_layers(network_with_statistics())
    again = read_layers(acoustic_model(layers, priors=None))
    assert [layer.splice for layer in again] == [layer.splice for layer in layers]
    assert [layer.rectified for layer in again] == [layer.rectified for layer in layers]
    for one, two in zip(layers, again, strict=True):
        step = float(np.ptp(one.weights)) / 65535
        np.testing.assert_allclose(two.weights, one.weights, atol=step)
        np.testing.assert_array_equal(two.bias, one.bias)


def test_a_network_taken_up_again_scores_as_before_and_has_its_normalisation():
    torch.manual_seed(5)
    layers = folded_layers(network_with_statistics())
    frames = torch.randn(12, 3 * 20 + 1 + PAST + FUTURE, 40) * 8 + 3
    network = unfolded(read_layers(acoustic_model(layers, None)), frames.numpy())
    with torch.no_grad():
        scores = network(frames)
        trained = network.train()(frames)
    np.testing.assert_allclose(scores[0].numpy(), run_layers(layers, frames[0].numpy()), atol=5e-3)
    assert float((scores - trained).abs().max()) < 0.05
    for one, two in zip(layers, folded_layers(network.eval()), strict=True):
        assert np.abs(one.weights - two.weights).max() < 0.02 * np.abs(one.weights).max()


@pytest.mark.parametrize("spoiled", [b"<Nnet3>", b"", None])
def test_a_file_that_is_no_such_model_is_refused(spoiled):
    written = acoustic_model(folded_layers(network_with_statistics()), priors=None)
    data = written[: len(written) // 2] if spoiled is None else spoiled
    with pytest.raises(ModelFileError):
        read_layers(data)


def test_transition_model_names_every_phone_once():
    written = transition_model()
    at = written.index(b"<Triples> ") + len(b"<Triples> ")
    assert struct.unpack_from("<bi", written, at) == (4, len(PLACED))
    triples = written[at + 5 : written.index(b"</Triples>")]
    numbers = [value for _, value in struct.iter_unpack("<bi", triples)]
    assert numbers[0::3] == list(range(1, len(PLACED) + 1))
    assert numbers[2::3] == [class_of(phone) for phone in PLACED]


def random_labels(rng: np.random.Generator, batch: int, time: int) -> np.ndarray:
    return np.repeat(rng.integers(0, len(CLASSES), (batch, time)), 3, axis=1)[:, :time]


def test_runs_join_equal_neighbours_and_stop_at_the_end():
    labels = np.array([4, 4, 7, 7, 7, 4, NO_LABEL, NO_LABEL])
    assert runs(labels) == [(4, 0, 2), (7, 2, 5), (4, 5, 6)]


def test_trigram_never_repeats_a_phone():
    trigram = phone_trigram([[1, 2, 3, 2, 1, 2, 3]])
    assert trigram.sum(2).numpy() == pytest.approx(np.ones((40, 40)), abs=1e-5)
    assert float(trigram.diagonal(dim1=1, dim2=2).max()) == 0.0
    assert trigram[1, 2, 3] > 0.5 * (1 / 40)
    assert trigram[1, 2, 3] > 3 * trigram[1, 2, 9]


def test_numerator_sums_the_alignments_by_hand():
    scores = torch.randn(1, 3, len(CLASSES), dtype=torch.float64)
    labels = np.array([[5, 5, 8]])
    ways = [(5, 5, 8), (5, 8, 8)]
    by_hand = torch.logsumexp(
        torch.stack([sum(scores[0, t, c] for t, c in enumerate(way)) for way in ways]), 0
    )
    found = numerator(scores, labels)[0]
    assert float(found) == pytest.approx(float(by_hand) + 2 * np.log(0.5), abs=1e-5)


def test_denominator_covers_every_sequence():
    count = len(CLASSES)
    trigram = phone_trigram([[1, 2, 3]])
    flat = torch.zeros(1, 6, count)
    total = denominator(flat, torch.ones(1, 6, dtype=torch.bool), trigram)
    assert float(total[0]) == pytest.approx(0.0, abs=1e-4)


def test_sequence_training_finds_the_spoken_phones():
    rng = np.random.default_rng(3)
    labels = random_labels(rng, 6, 20)
    labels[2, 12:] = NO_LABEL
    trigram = phone_trigram([[label for label, _, _ in runs(row)] for row in labels])
    scores = torch.zeros(6, 20, len(CLASSES), requires_grad=True)
    optimiser = torch.optim.Adam([scores], 0.3)
    for _ in range(40):
        loss = mmi_loss(scores, labels, trigram)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert scores.grad is not None
    assert float(scores.grad[2, 12:].abs().max()) == 0.0
    known = labels != NO_LABEL
    assert (scores.argmax(2).numpy() == labels)[known].mean() > 0.6
