from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.skill.sitting import Sitting, scale


@pytest.fixture
def empty(tmp_path: Path) -> Sitting:
    """A sitting at which nothing was played yet."""
    return Sitting(tmp_path)


@pytest.fixture
def sitting(empty: Sitting) -> Sitting:
    """A sitting at which a scale of four seconds was played."""
    empty.skill.hear(scale())
    return empty
