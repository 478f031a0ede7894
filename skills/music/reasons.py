"""Why this answer: what the gate measured of the one that it let through, in plain lines."""

from __future__ import annotations

from typing import Final

from skills.music.generator.answer import Answer

MEANINGS: Final = {
    "score": "its score: log-odds, what chance added left out",
    "critic": "would a person have gone on like this? log-odds",
    "key_fit": "pitch classes against those of the phrase or of the asked key, 1 = alike",
    "rate_octaves": "pace against the phrase, octaves apart",
    "off_target": "off the wish (mood, density …), standard deviations",
    "copied": "longest run of melodic steps out of the phrase, as a share",
    "silence_s": "longest silence, seconds",
    "same_pitch": "one pitch so many times in a row at most",
    "notes": "notes before the asked register and tempo",
    "degenerate": "1 = nobody would call it music",
    "mended": "1 = no draft was alive, and the best of them was mended",
}
"""Figure of the gate → what it says."""
NO_REPORT: Final = "The gate measured nothing here: this music was opened or played, not drawn."


def reasons(answer: Answer) -> str:
    """Return a line for every figure of the gate's report, the known ones first."""
    if not answer.report:
        return NO_REPORT
    known = [name for name in MEANINGS if name in answer.report]
    names = known + sorted(answer.report.keys() - MEANINGS.keys())
    wide = max(map(len, names))
    lines = [
        f"  {n:{wide}}  {answer.report[n]:8.3f}  {MEANINGS.get(n, '')}".rstrip() for n in names
    ]
    return "\n".join(["What the gate measured of the answer that it chose:", *lines])


def rounded(answer: Answer) -> dict[str, float]:
    """Return the report for JSON: a ten-thousandth is enough."""
    return {name: round(value, 4) for name, value in answer.report.items()}
