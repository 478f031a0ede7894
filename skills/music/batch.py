"""Many jobs in one go: a phrase and a request in, a continuation out, one result a job."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rapidfuzz import process

from assistant.contract import EncoreError, InputError
from skills.music.files import make_folder
from skills.music.instruments import PROGRAMS
from skills.music.merging import ADJUSTABLE, with_parameters
from skills.music.midi_file import read_phrase, write_phrase
from skills.music.parameters import checked
from skills.music.parts import MusicGenerator
from skills.music.reasons import rounded
from skills.music.request import Request

SHORT_NAMES: Final = {"seconds": "duration_seconds", "bars": "duration_bars"}
OWN_KEYS: Final = frozenset({"prompt", "out", "seed"})
PARAMETERS: Final = ADJUSTABLE | {"amount"}
MISSPELT: Final = 80
"""Likeness (0..100) from which an unknown key is taken for a known one misspelt."""


@dataclass(frozen=True, slots=True)
class Job:
    """One line of a jobs file."""

    prompt: Path
    out: Path
    request: Request


def read_job(line: str) -> Job:
    """Read one line of a jobs file; InputError with a sentence when it is wrong."""
    try:
        values = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"The job is not valid JSON: {error}.") from None
    if not isinstance(values, dict):
        raise InputError(f"A job must be a JSON object, not {type(values).__name__}.")
    paths = {name: _path(values, name) for name in ("prompt", "out")}
    said: dict[str, object] = {
        SHORT_NAMES.get(str(key), str(key)): value
        for key, value in values.items()
        if value is not None
    }
    _refuse_misspelt(said.keys() - PARAMETERS - OWN_KEYS)
    try:
        parameters = checked({k: v for k, v in said.items() if k in PARAMETERS})
    except InputError as error:
        raise InputError(_in_words_of(values, str(error))) from None
    if (instrument := parameters.get("instrument", "piano")) not in PROGRAMS:
        raise InputError(f"There is no instrument {instrument!r}.")
    request = with_parameters(Request(seed=_seed(values.get("seed", 0))), parameters)
    return Job(paths["prompt"], paths["out"], request)


def _in_words_of(values: Mapping[str, Any], sentence: str) -> str:
    """Return a sentence about parameters with the short names that the job used."""
    for short, name in SHORT_NAMES.items():
        if short in values:
            sentence = sentence.replace(name, short)
    return sentence


def _refuse_misspelt(unknown: Set[str]) -> None:
    """Let a caller's own keys (labels, the true continuation) pass, but not a slip of the pen."""
    for key in sorted(unknown):
        near = process.extractOne(key, PARAMETERS | OWN_KEYS, score_cutoff=MISSPELT)
        if near is not None:
            raise InputError(f"A job has no key {key!r}; did you mean {near[0]!r}?")


def _path(values: Mapping[str, Any], name: str) -> Path:
    value = values.get(name)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise InputError(f"A job needs {name!r}, the path of a MIDI file.")
    return Path(value)


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise InputError(f"seed must be a whole number from 0, not {value!r}.")
    return value


def run_job(line: str, generator: MusicGenerator, *, report: bool = False) -> dict[str, Any]:
    """Do one job; returns its result, or ``{"out", "error"}`` with a sentence.

    ``report``: with what the gate measured of the answer that it chose.
    """
    try:
        job = read_job(line)
        phrase = read_phrase(job.prompt)
        began_s = time.perf_counter()
        answer = generator.generate(phrase, job.request)
        generate_s = time.perf_counter() - began_s
        make_folder(job.out.parent)
        write_phrase(answer.phrase, job.out, answer.program, answer.tempo_bpm)
    except EncoreError as error:
        return {"out": _out_of(line), "error": str(error)}
    first_s = answer.phrase.notes[0].onset_s if answer.phrase.notes else None
    result: dict[str, Any] = {
        "out": str(job.out),
        "notes": len(answer.phrase),
        "seconds": round(answer.seconds, 3),
        "generate_seconds": round(generate_s, 4),
        "first_note_seconds": None if first_s is None else round(generate_s + first_s, 4),
    }
    return result | ({"report": rounded(answer)} if report else {})


def _out_of(line: str) -> str | None:
    """Return the ``out`` of a job that failed, if it can be read at all."""
    try:
        values = json.loads(line)
        out = values.get("out")
    except (ValueError, AttributeError, RecursionError):
        return None
    return out if isinstance(out, str) else None


def read_lines(path: Path) -> list[str]:
    """Return the lines of a jobs file that hold something; InputError when it cannot be read.

    Bytes that are no UTF-8 stay in their line, as the system's file names have them.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    return [line for line in text.split("\n") if line.strip()]


def run_jobs(
    lines: list[str],
    generator: MusicGenerator,
    emit: Callable[[dict[str, Any]], None],
    *,
    report: bool = False,
) -> int:
    """Do all jobs in order and emit each result; returns how many failed."""
    failed = 0
    for line in lines:
        result = run_job(line, generator, report=report)
        failed += "error" in result
        emit(result)
    return failed
