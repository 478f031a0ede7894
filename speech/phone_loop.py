"""The graph of the second opinion: any phone after any other, each of them a word of its own.

How much better it explains a sound than the words do tells speech that only resembles a command.
With one real word in it the graph finds that word at once, and cheaply, in any sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speech.graph import Bigram
from speech.phones import SILENCE, SPOKEN, enter_id, place, stay_id

START_SILENCE_COST = 0.5
FRAMES, LIVE_FRAMES = 30, 9
"""Decoded at a time: more are cheaper, fewer are sooner known where a sound is followed live."""
MODEL_CONF = """--min-active=40
--max-active=200
--beam=10.0
--lattice-beam=2.0
--acoustic-scale={acoustic_scale}
--frame-subsampling-factor={subsampling}
--frames-per-chunk={frames}
--endpoint.silence-phones=1
--endpoint.rule1.min-trailing-silence=1000
--endpoint.rule2.min-trailing-silence=1000
--endpoint.rule3.min-trailing-silence=1000
--endpoint.rule4.min-trailing-silence=1000
--endpoint.rule5.min-utterance-length=1000
"""


@dataclass(frozen=True, slots=True)
class Spotted:
    """A word that is looked for among free phones."""

    word: str
    pronunciations: tuple[tuple[str, ...], ...]
    cost: float
    """Paid for the word; its phones cost nothing. The lower, the sooner it is taken for them."""


CALLS = (
    Spotted("stop", (("S", "T", "AA", "P"), ("S", "T", "AO", "P")), 6.0),
    Spotted("maestro", (("M", "AY", "S", "T", "R", "OW"), ("M", "AY", "S", "T", "OW")), 8.0),
)
"""As free phones "stop" costs 13. Chosen on 69 stops beside music: at 4 a stop is heard sooner by
0.02 s, at 8 fourteen of 23 in a room are left, at 6 nineteen. The wake word is there so that its
own "st…o" is not taken for a "stop"."""


def _placed(phone: str) -> str:
    return phone if phone == SILENCE else f"{phone}_S"


def phone_loop(bigram: Bigram, spotted: Sequence[Spotted] = ()) -> Any:
    """The transducer: inputs Kaldi's transition ids, outputs 1 + the index in SPOKEN.

    The words that are looked for come after the phones.
    """
    import kaldifst

    fst: Any = kaldifst.StdVectorFst()
    word = {SILENCE: 0} | {phone: number for number, phone in enumerate(SPOKEN, start=1)}

    def arc(source: int, enter: int, output: int, cost: float, to: int) -> None:
        fst.add_arc(source, kaldifst.StdArc(ilabel=enter, olabel=output, weight=cost, nextstate=to))

    fst.start = fst.add_state()
    states = {phone: fst.add_state() for phone in word}
    for phone, state in states.items():
        cost = START_SILENCE_COST if phone == SILENCE else bigram[SILENCE][phone]
        arc(fst.start, enter_id(_placed(phone)), word[phone], cost, state)
        arc(state, stay_id(_placed(phone)), 0, 0.0, state)
        fst.set_final(state, 0.0)
        for other, to in states.items():
            if other != phone:
                arc(state, enter_id(_placed(other)), word[other], bigram[phone][other], to)
    begins, ends = _add_words(fst, arc, spotted)
    for source in (fst.start, *states.values(), *(state for state, _ in ends)):
        for enter, number, cost, to in begins:
            arc(source, enter, number, cost, to)
    for state, last in ends:
        for other, to in states.items():
            if other != last:
                arc(state, enter_id(_placed(other)), word[other], bigram[last][other], to)
    kaldifst.arcsort(fst, "ilabel")
    return fst


def _add_words(
    fst: Any, arc: Callable[[int, int, int, float, int], None], spotted: Sequence[Spotted]
) -> tuple[list[tuple[int, int, float, int]], list[tuple[int, str]]]:
    """Adds a path of states for each pronunciation, in which the words may end.

    Returns how they are entered (input, output, cost, first state), and their last states and
    phones.
    """
    begins, ends = [], []
    for number, one in enumerate(spotted, start=1 + len(SPOKEN)):
        for phones in one.pronunciations:
            placed = place(phones)
            path = [fst.add_state() for _ in placed]
            for state, phone in zip(path, placed, strict=True):
                arc(state, stay_id(phone), 0, 0.0, state)
            for state, phone, to in zip(path, placed[1:], path[1:], strict=False):
                arc(state, enter_id(phone), 0, 0.0, to)
            fst.set_final(path[-1], 0.0)
            begins.append((enter_id(placed[0]), number, one.cost, path[0]))
            ends.append((path[-1], phones[-1]))
    return begins, ends


def write_phone_loop(
    folder: Path,
    bigram: Bigram,
    acoustic_scale: float,
    subsampling: int,
    spotted: Sequence[Spotted] = (),
) -> None:
    """Writes what `assistant.ears.second_opinion` loads beside the model's own network."""
    folder.mkdir(parents=True, exist_ok=True)
    phone_loop(bigram, spotted).write(str(folder / "HCLG.fst"))
    names = (*SPOKEN, *(one.word for one in spotted))
    words = "".join(f"{name} {number}\n" for number, name in enumerate(names, start=1))
    (folder / "words.txt").write_text(f"<eps> 0\n{words}", encoding="ascii")
    frames = LIVE_FRAMES if spotted else FRAMES
    conf = MODEL_CONF.format(acoustic_scale=acoustic_scale, subsampling=subsampling, frames=frames)
    (folder / "model.conf").write_text(conf, encoding="ascii")
