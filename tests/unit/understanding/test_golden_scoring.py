from pathlib import Path

from assistant.contract import Intent
from assistant.understanding.golden import Golden, Share, read_golden, report, score


def test_the_interval_is_wilsons() -> None:
    low, high = Share(90, 100).interval()
    assert (round(low, 3), round(high, 3)) == (0.826, 0.945)


def test_exact_match_needs_every_parameter(tmp_path: Path) -> None:
    (tmp_path / "adjust.yml").write_text(
        '- {text: "sadder", intent: adjust, parameters: {mood: sad}}\n'
        '- {text: "faster", intent: adjust, parameters: {}, tags: [ambiguous]}\n'
        '- {text: "higher", intent: adjust, parameters: {register_change: higher}}\n'
    )
    sentences = read_golden(tmp_path)
    assert [s.text for s in sentences] == ["sadder", "higher"]
    result = score(sentences, lambda t: Intent(t, "adjust", 1.0, "rules", {"mood": "sad"}))
    assert (result.share("in_scope").value, result.share("in_scope", exact=True).value) == (1, 0.5)


def test_a_command_out_of_talk_is_a_ghost() -> None:
    talk = [Golden("nice weather", "out_of_scope", {}, (), "out_of_scope")]
    result = score(talk, lambda t: Intent(t, "like", 1.0, "embedded"))
    assert result.ghosts.value == 1.0
    assert "ghosts out of scope   100.0 %" in report("embedded", result)
