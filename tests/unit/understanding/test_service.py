import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.contract import EngineError, InputError, ModelError
from assistant.understanding import places, stored
from assistant.understanding.embedded import load_model, save_model
from assistant.understanding.parse_command import PlainSettings, parse_lines
from assistant.understanding.service import UnderstandingService
from assistant.understanding.training_data import LanguageData

WORDS = Path(__file__).resolve().parents[3] / "skills" / "music" / "nlu"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path))
    monkeypatch.delenv("ENCORE_RASA_URL", raising=False)
    return tmp_path


@pytest.fixture
def service(home: Path) -> Iterator[UnderstandingService]:  # noqa: ARG001 (its folder is used)
    made = UnderstandingService([WORDS], PlainSettings("embedded"))
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "intent", "parameters"),
    [
        ("continue what i play in a happy mood", "continue", {"mood": "happy"}),
        ("Maestro, stop!", "stop", {}),
        ("scrap that", "undo", {}),
        ("trade fours", "jam", {"duration_bars": 4}),
        ("a bit sadder", "adjust", {"mood": "sad", "amount": "little"}),
        ("much faster", "adjust", {"tempo_change": "faster", "amount": "much"}),
        (
            "sadder and slower on strings for eight bars",
            "adjust",
            {
                "mood": "sad",
                "tempo_change": "slower",
                "instrument": "strings",
                "duration_bars": 8,
            },
        ),
        ("play it in F# minor", "adjust", {"key": "F# minor"}),
        ("keep what i just played", "record", {"span": "past"}),
        ("keep the last eight bars", "record", {"span": "past", "duration_bars": 8}),
        ("call it blue door", "save", {"name": "blue door"}),
        ("volume 50%", "volume", {"volume_percent": 50}),
        ("metronome on at 120", "metronome", {"switch": "on", "tempo_bpm": 120}),
        ("what's the weather like in paris", "out_of_scope", {}),
        ("", "out_of_scope", {}),
    ],
)
def test_the_contracts_examples_are_understood(
    service: UnderstandingService, text: str, intent: str, parameters: dict[str, object]
) -> None:
    answer = service.parse(text)
    assert (answer.name, dict(answer.parameters)) == (intent, parameters)


def test_stop_the_drums_is_not_stop(service: UnderstandingService) -> None:
    assert service.parse("stop the drums").name != "stop"


def test_corrections_are_kept_in_the_users_folder(
    service: UnderstandingService, home: Path
) -> None:
    service.remember_correction("Blow it up!", "volume")
    service.remember_correction("Rather sadder.", "adjust")
    kept = (home / "corrections.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in kept]
    assert [(line["text"], line["intent"]) for line in told] == [
        ("blow it up", "volume"),
        ("rather sadder", "adjust"),
    ]
    assert told[1]["spans"] == [[1, 2, "mood"]]
    with pytest.raises(InputError, match="no intent 'dance'"):
        service.remember_correction("dance", "dance")


def test_rasa_alone_without_rasa_is_one_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "RASA_PROJECT", home / "nowhere")
    with pytest.raises(EngineError, match="Rasa is not installed here"):
        list(parse_lines(["stop"], "rasa"))


def test_without_rasa_the_embedded_engine_answers(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "RASA_PROJECT", home / "nowhere")
    service = UnderstandingService([WORDS], PlainSettings("auto"))
    service.start()
    assert (service.engine_now, service.parse("sadder please").engine) == ("embedded", "embedded")
    service.close()


def test_every_line_gives_the_contracts_object(home: Path) -> None:  # noqa: ARG001
    answers = list(parse_lines(["continue in a happy mood\n", "\n", "stop\n"], "auto"))
    assert [a["intent"] for a in answers] == ["continue", "stop"]
    assert set(answers[0]) == {"text", "intent", "confidence", "engine", "parameters"}


def test_a_damaged_model_is_told_and_not_used(language: LanguageData, tmp_path: Path) -> None:
    shipped = load_model(places.PREBUILT)
    save_model(shipped.parts, tmp_path, language.digest)
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="damaged"):
        load_model(tmp_path)
    with pytest.raises(ModelError, match="No model"):
        load_model(tmp_path / "nowhere")


def test_the_shipped_model_fits_the_words_and_the_code(language: LanguageData) -> None:
    assert load_model(places.PREBUILT).fits(language.digest), (
        "the words or the features changed: run `python -m assistant.understanding.stored`"
    )


@pytest.mark.slow
def test_a_machine_without_any_model_trains_a_small_one(
    language: LanguageData, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "PREBUILT", home / "nowhere")
    monkeypatch.setattr(stored, "QUICK_PER_INTENT", 12)
    made = stored.find_model(language)
    again = stored.find_model(language)
    assert list(made["intents"]) == list(again["intents"])
    assert (home / "cache" / "understanding" / stored.key_of(language)).is_dir()
