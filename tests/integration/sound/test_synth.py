"""The real synthesiser with a real SoundFont: pitch, time, loudness, files."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.contract import DeviceError, InputError
from skills.music.notes import Note, Phrase
from skills.music.player.engines import FluidEngine, Samples, TinyEngine, open_engine
from skills.music.player.soundfont import find_soundfont
from skills.music.player.synth import PEAK, render, write_wav

RATE = 44100
SCALE = Phrase(tuple(Note(i * 0.5, 60 + step, 0.45, 90) for i, step in enumerate((0, 4, 7))), 1.5)


@pytest.fixture(scope="module", autouse=True)
def synth_is_there() -> None:
    try:
        open_engine()
    except DeviceError as error:
        pytest.skip(str(error))


def loudest_hz(sound: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(sound.mean(axis=1) * np.hanning(len(sound)), 1 << 17))
    return float(np.argmax(spectrum) * RATE / (1 << 17))


def test_each_note_sounds_at_its_time_with_its_pitch() -> None:
    sound = render(SCALE, program=73)  # a flute: its fundamental is its loudest partial
    for index, hertz in enumerate((261.6, 329.6, 392.0)):
        part = sound[round((index * 0.5 + 0.15) * RATE) : round((index * 0.5 + 0.45) * RATE)]
        heard = loudest_hz(part)
        assert min(abs(heard / hertz - n) for n in (1, 2)) < 0.02, (hertz, heard)


def test_the_first_sample_of_sound_is_where_the_first_note_is() -> None:
    sound = np.abs(render(Phrase((Note(1.0, 72, 0.5, 100),)))).max(axis=1)
    onset_s = np.argmax(sound > 0.05 * sound.max()) / RATE
    assert 1.0 <= onset_s < 1.02


def test_the_sound_is_loud_unclipped_and_fades_to_nothing() -> None:
    sound = render(Phrase(tuple(Note(0.0, p, 1.0, 127) for p in range(36, 96, 3))))
    assert np.abs(sound).max() == pytest.approx(PEAK, abs=1e-4)
    assert len(sound) > 1.2 * RATE
    assert np.abs(sound[-10:]).max() < 1e-3


def test_gain_scales_and_the_same_phrase_sounds_the_same_again() -> None:
    first, again, half = render(SCALE), render(SCALE), render(SCALE, gain=0.5)
    length = min(map(len, (first, again, half)))
    assert np.corrcoef(first[:length].ravel(), again[:length].ravel())[0, 1] > 0.99
    assert np.abs(half).max() == pytest.approx(PEAK / 2, abs=1e-4)


def test_programs_sound_different_and_nothing_rings_on_between_phrases() -> None:
    piano, organ = render(SCALE, 0), render(SCALE, 19)
    length = min(len(piano), len(organ))
    assert np.corrcoef(piano[:length].ravel(), organ[:length].ravel())[0, 1] < 0.9
    assert np.abs(render(Phrase((), 0.5))).max() < 1e-6


def test_no_sound_is_made_of_an_empty_phrase_but_its_length_is_kept() -> None:
    assert 0.5 * RATE <= len(render(Phrase((), 0.5))) <= RATE


def test_a_wav_file_holds_what_was_rendered(tmp_path: Path) -> None:
    sound = render(SCALE)
    write_wav(sound, tmp_path / "a.wav", RATE)
    back, rate = soundfile.read(tmp_path / "a.wav", dtype="float32")
    assert (rate, back.shape) == (RATE, sound.shape)
    assert np.abs(back - sound).max() < 1e-4
    with pytest.raises(InputError, match="there is no folder"):
        write_wav(sound, tmp_path / "none" / "a.wav")


def test_two_threads_render_without_mixing_their_notes() -> None:
    alone = render(Phrase((Note(0.0, 72, 0.5, 100),)), 73)
    results: list[Samples] = []
    low = Phrase((Note(0.0, 48, 0.5, 100),))
    threads = [threading.Thread(target=render, args=(low, 48)) for _ in range(2)]
    for thread in threads:
        thread.start()
    results.append(render(Phrase((Note(0.0, 72, 0.5, 100),)), 73))
    for thread in threads:
        thread.join()
    length = min(len(alone), len(results[0]))
    assert np.corrcoef(alone[:length, 0], results[0][:length, 0])[0, 1] > 0.95


def test_a_text_file_is_not_loaded_as_a_soundfont(tmp_path: Path) -> None:
    (tmp_path / "fake.sf2").write_bytes(b"RIFF\x10\x00\x00\x00sfbk" + b"\x00" * 64)
    with pytest.raises(DeviceError, match="is not a SoundFont"):
        FluidEngine(tmp_path / "fake.sf2", RATE)


def test_tinysoundfont_sounds_the_same_notes() -> None:
    pytest.importorskip("tinysoundfont")
    engine = TinyEngine(find_soundfont(), RATE)
    engine.program(73)
    engine.note_on(72, 100)
    assert abs(loudest_hz(engine.samples(RATE // 2)) / 523.25 - 1) < 0.02
    engine.silence()
    assert np.abs(engine.samples(4096)[2048:]).max() < 1e-3


def test_blocks_of_sound_leave_no_garbage() -> None:
    engine = open_engine()
    engine.samples(256)
    gc.collect()
    for _ in range(10):
        engine.samples(256)
    assert gc.collect() == 0
