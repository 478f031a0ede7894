"""The program in docs/music.md does what the page says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from skills.music.generator.engine import Generator

PAGE = Path(__file__).parents[3] / "docs" / "music.md"


def test_the_program_of_the_page_runs_and_forks_leave_the_state_alone() -> None:
    code = PAGE.read_text("utf-8").split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(compile(code, "docs/music.md", "exec"), names)
    answer, others = names["answer"], names["others"]
    phrase, happy = names["phrase"], names["happy"]
    assert answer.seconds == 5.0
    assert len({a.phrase for a in (answer, *others)}) == 3
    assert names["why"]["degenerate"] == 0.0
    assert Generator.load().generate(phrase, happy).phrase == answer.phrase
