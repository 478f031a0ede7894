"""The graph of the second opinion: any phone after any other, each of them a word of its own.

How much better it explains a sound than the words do tells speech that only resembles a command.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from speech.graph import Bigram
from speech.phones import SILENCE, SPOKEN, enter_id, stay_id

START_SILENCE_COST = 0.5
MODEL_CONF = """--min-active=40
--max-active=200
--beam=10.0
--lattice-beam=2.0
--acoustic-scale={acoustic_scale}
--frame-subsampling-factor={subsampling}
--frames-per-chunk=30
--endpoint.silence-phones=1
--endpoint.rule1.min-trailing-silence=1000
--endpoint.rule2.min-trailing-silence=1000
--endpoint.rule3.min-trailing-silence=1000
--endpoint.rule4.min-trailing-silence=1000
--endpoint.rule5.min-utterance-length=1000
"""


def _placed(phone: str) -> str:
    return phone if phone == SILENCE else f"{phone}_S"


def phone_loop(bigram: Bigram) -> Any:
    """The transducer: inputs Kaldi's transition ids, outputs 1 + the index in SPOKEN."""
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
    kaldifst.arcsort(fst, "ilabel")
    return fst


def write_phone_loop(folder: Path, bigram: Bigram, acoustic_scale: float, subsampling: int) -> None:
    """Writes what `assistant.ears.second_opinion` loads beside the model's own network."""
    folder.mkdir(parents=True, exist_ok=True)
    phone_loop(bigram).write(str(folder / "HCLG.fst"))
    words = "".join(f"{phone} {number}\n" for number, phone in enumerate(SPOKEN, start=1))
    (folder / "words.txt").write_text(f"<eps> 0\n{words}", encoding="ascii")
    conf = MODEL_CONF.format(acoustic_scale=acoustic_scale, subsampling=subsampling)
    (folder / "model.conf").write_text(conf, encoding="ascii")
