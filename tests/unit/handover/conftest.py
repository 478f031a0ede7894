"""The scene for these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.handover.scene import Scene


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.partner.close()
