from pathlib import Path

import pytest

from assistant.understanding.training_data import LanguageData, load_language

WORDS = Path(__file__).resolve().parents[3] / "skills" / "music" / "nlu"


@pytest.fixture(scope="session")
def language() -> LanguageData:
    return load_language(WORDS)
