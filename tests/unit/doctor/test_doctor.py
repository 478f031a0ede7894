"""The doctor: one line for each part, whatever hangs, crashes or is missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import doctor
from assistant.contract import EncoreError
from assistant.doctor import Check, is_well, run_checks, to_json


def part(name: str, probe: Callable[[], str], essential: bool = False) -> doctor._Part:
    return doctor._Part(name, probe, "Mend it.", essential)


def missing() -> str:
    raise EncoreError("No keyboard is connected.")


def ill() -> str:
    raise ZeroDivisionError("division by zero")


def test_what_is_missing_is_told_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = (part("Python", lambda: "3.11", True), part("MIDI", missing), part("voice", ill))
    monkeypatch.setattr(doctor, "_parts", lambda: parts)
    checks = run_checks()
    assert [check.ok for check in checks] == [True, None, False]
    assert checks[1].line == "--  MIDI           No keyboard is connected.  → Mend it."
    assert "ZeroDivisionError" in checks[2].detail
    assert is_well(checks)
    assert json.loads(json.dumps(to_json(checks)))["checks"][0] == {
        "name": "Python",
        "ok": True,
        "detail": "3.11",
        "mend": "",
    }


def test_an_essential_part_makes_the_machine_unwell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_parts", lambda: (part("Python", missing, True),))
    checks = run_checks()
    assert checks == [Check("Python", False, "No keyboard is connected.", "Mend it.")]
    assert not is_well(checks)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import time; time.sleep(60)", "did not answer within"),
        ("import os; os.abort()", "crashed"),
        ("raise SystemExit('Encore: no such thing')", "no such thing"),
    ],
)
def test_a_driver_that_hangs_or_crashes_is_survived(code: str, sentence: str) -> None:
    with pytest.raises(EncoreError, match=sentence):
        doctor._output([sys.executable, "-c", code], "", 2.0)


def test_a_data_folder_in_the_way_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(EncoreError, match="cannot be written"):
        doctor._data_folder()


def test_a_rasa_service_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCORE_RASA_URL", "http://127.0.0.1:9")
    with pytest.raises(EncoreError, match="Nothing answers"):
        doctor._rasa()


def test_the_real_checks_all_end_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "UNDERSTANDING_TIMEOUT_S", 0.1)  # the street has tests of its own
    checks = run_checks()
    assert len(checks) == len(doctor._parts())
    for check in checks:
        assert check.detail, check
        assert "\n" not in check.line
        assert check.ok or check.mend, check
    assert {check.name: check.ok for check in checks}["Python"] is True
