"""Piano rolls: the phrase and the answer in two colours, the moment of hand-over between them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from skills.music.files import written_whole
from skills.music.notes import Note, Phrase

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_PX, HEIGHT_PX, DPI = 1200, 500, 100
PHRASE_COLOUR, ANSWER_COLOUR = "#0072B2", "#E69F00"
"""Blue and orange that colour-blind readers tell apart (Okabe and Ito, Color Universal Design)."""
INK, GRID, BLACK_KEY = "#333333", "#E3E3E3", "#F4F4F4"
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
BLACK_KEYS = frozenset({1, 3, 6, 8, 10})
MIN_RANGE = 12
"""Semitones that are shown at least, so that one note does not fill the picture."""
ALL_NAMES_RANGE, WHITE_NAMES_RANGE = 15, 36
"""Up to so many semitones every key is named, or every white one; above it only the Cs are."""


def draw_piano_roll(phrase: Phrase, answer: Phrase, path: Path | str, title: str = "") -> None:
    """Draw both as a PNG of 1200 x 500 pixels, written whole or not at all.

    The answer begins where the phrase ends; softer notes are paler. Either may be empty. Raises
    InputError with a sentence when the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    total_s = max(phrase.length_s + answer.length_s, 0.1)
    low, high = _range((*phrase.notes, *answer.notes))
    _draw_keys(axes, low, high)
    _draw_notes(axes, phrase, 0.0, PHRASE_COLOUR, "what you played")
    _draw_notes(axes, answer, phrase.length_s, ANSWER_COLOUR, "Encore's answer")
    if len(phrase) and len(answer):
        axes.axvline(phrase.length_s, color=INK, linestyle=(0, (5, 3)), label="hand-over")
    axes.set_xlim(0.0, total_s * 1.005)
    axes.set_ylim(low - 0.5, high + 0.5)
    axes.set_xlabel("seconds", color=INK)
    axes.set_title(title, loc="left", color=INK, fontsize=13, pad=10, parse_math=False)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, borderaxespad=0.4
        )
    with written_whole(Path(path)) as part:
        figure.savefig(part, format="png")


def note_name(pitch: int) -> str:
    """Return the name of a MIDI pitch with its octave: 60 is C4 (scientific pitch notation)."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def _range(notes: tuple[Note, ...]) -> tuple[int, int]:
    """Return the lowest and highest pitch to show."""
    low = min((n.pitch for n in notes), default=60) - 1
    high = max((n.pitch for n in notes), default=72) + 1
    while high - low < MIN_RANGE:
        low, high = low - 1, high + 1
    return max(low, 0), min(high, 127)


def _draw_keys(axes: Axes, low: int, high: int) -> None:
    for pitch in range(low, high + 1):
        if pitch % 12 in BLACK_KEYS:
            axes.axhspan(pitch - 0.5, pitch + 0.5, color=BLACK_KEY, linewidth=0, zorder=0)
    named = [pitch for pitch in range(low, high + 1) if _is_named(pitch, high - low)]
    axes.set_yticks(named, [note_name(pitch) for pitch in named])
    axes.tick_params(colors=INK, length=0, labelsize=9)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    for pitch in range(low + -low % 12, high + 1, 12):  # a line below every C
        axes.axhline(pitch - 0.5, color=GRID, linewidth=1.2, zorder=1)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)


def _is_named(pitch: int, shown: int) -> bool:
    if shown <= ALL_NAMES_RANGE:
        return True
    if shown <= WHITE_NAMES_RANGE:
        return pitch % 12 not in BLACK_KEYS
    return pitch % 12 == 0


def _draw_notes(axes: Axes, phrase: Phrase, start_s: float, colour: str, label: str) -> None:
    if not len(phrase):
        return
    axes.barh(
        [n.pitch for n in phrase.notes],
        [n.duration_s for n in phrase.notes],
        left=[start_s + n.onset_s for n in phrase.notes],
        height=0.8,
        color=[_shade(colour, n.velocity) for n in phrase.notes],
        edgecolor="white",
        linewidth=0.5,
        zorder=3,
    )
    axes.barh(0, 0, color=colour, label=label)  # the legend's patch in full colour


def _shade(colour: str, velocity: int) -> tuple[float, float, float]:
    """Return the colour for the loudest note, mixed with white for softer ones."""
    from matplotlib.colors import to_rgb

    share = 0.45 + 0.55 * velocity / 127
    red, green, blue = (1.0 - share * (1.0 - part) for part in to_rgb(colour))
    return red, green, blue
