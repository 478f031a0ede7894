"""A conversation in a fresh process: typed lines in, one JSON object a line out."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.street.conftest import Encore

DIALOGUE = (
    ("continue what i play in a happy mood for three seconds", "Here are three seconds, happy."),
    ("another version", "Another version, number 2: three seconds."),
    ("same with piano", "Again, on the piano: three seconds."),
    ("the second one", "The second one: three seconds, another version."),
    ("compose something dark, no, never mind", "All right, I leave it."),
    ("save it", "Saved as take. What shall I call it?"),
    ("blue door", "Saved as blue door."),
    ("make it weep bitterly", None),
    ("no, I meant sadder", "Noted. Again, sadder: three seconds."),
    ("/corrections", None),
    ("load blue door", "blue door is open: three seconds. Say play it again, or what to change."),
)


def test_a_conversation_is_followed(
    encore: Encore, phrase_file: Path, tmp_path: Path, model_dir: Path
) -> None:
    assert model_dir
    lines = "\n".join(line for line, _ in DIALOGUE)
    run = encore("chat", "--phrase", phrase_file, "--out", tmp_path / "out", "--json", text=lines)
    assert run.status == 0, run.err
    told = [json.loads(line) for line in run.out.splitlines()]
    for (line, reply), answer in zip(DIALOGUE, told, strict=True):
        assert reply is None or answer["reply"] == reply, line
    assert told[3]["seed"] == told[2]["seed"] == told[1]["seed"] != told[0]["seed"]
    assert "make it weep bitterly" in told[-2]["reply"]
    kept = encore("corrections", "list", "--json")
    assert json.loads(kept.out)["intent"] == "adjust"
    assert encore("corrections", "forget", "all").status == 0
    assert encore("corrections", "list", "--json").out == ""
    named = [
        json.loads(line)["name"] for line in encore("takes", "list", "--json").out.splitlines()
    ]
    assert named == ["blue door"]
