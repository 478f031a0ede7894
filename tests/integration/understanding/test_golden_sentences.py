"""Both engines on the golden sentences: the floor below which no change may fall."""

from pathlib import Path

import pytest

from assistant.understanding import places
from assistant.understanding.golden import NOISY_FILE, read_golden, report, score
from assistant.understanding.parse_command import PlainSettings
from assistant.understanding.rasa_server import newest_model, rasa_python
from assistant.understanding.service import EngineName, UnderstandingService

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "data" / "golden"
WORDS = ROOT / "skills" / "music" / "nlu"
BLIND = GOLDEN / "blind-2026-11"
FLOORS = {
    # engine, set: (intent, exact match, recogniser errors, most ghosts), shares of sentences
    ("embedded", GOLDEN): (0.955, 0.935, 0.865, 0.025),
    ("embedded", BLIND): (0.945, 0.90, 0.96, 0.05),
    ("rasa", GOLDEN): (0.955, 0.93, 0.865, 0.025),
    ("rasa", BLIND): (0.945, 0.885, 0.96, 0.05),
}


@pytest.mark.parametrize("engine", ["embedded", pytest.param("rasa", marks=pytest.mark.rasa)])
def test_golden_sentences_are_understood(
    engine: EngineName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "rasa":
        need_rasa()
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path))
    service = UnderstandingService([WORDS], PlainSettings(engine, rasa_timeout_ms=5000))
    try:
        service.start()
        assert engine == "embedded" or service.wait_for_rasa(180)
        results = {
            folder: score(read_golden(folder), lambda text: service.parse(text, engine))
            for folder in (GOLDEN, BLIND)
        }
    finally:
        service.close()
    for folder, result in results.items():
        print(folder.name, report(engine, result), sep="\n")
        intent, exact, noisy, ghosts = FLOORS[engine, folder]
        assert result.share("in_scope").value >= intent
        assert result.share("in_scope", exact=True).value >= exact
        assert result.share(NOISY_FILE).value >= noisy
        assert result.ghosts.value <= ghosts


def need_rasa() -> None:
    """Skip where Rasa is not set up."""
    from assistant.contract import EngineError

    try:
        rasa_python(places.RASA_PROJECT)
        newest_model(places.RASA_PROJECT)
    except EngineError as error:
        pytest.skip(str(error))
