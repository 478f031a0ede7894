import json
import sys

from speech import plot


def test_the_trade_off_is_drawn_from_the_metrics(tmp_path, monkeypatch):
    row = {"threshold": 0.8, "commands_pass": 0.95, "one_word_commands_pass": 0.8}
    row["commands_acted_on"] = 0.94
    row |= {
        f"{kind}_{length}_pass": 0.02
        for kind in plot.KINDS
        for length in ("several_words", "one_word")
    }
    used = {"several_words": 0.8, "one_word": 0.6, "commands_acted_on": 0.94}
    used["commands_pass"] = 0.95
    used |= {"one_word_commands_pass": 0.8, "all_foreign": {"share": 0.02}}
    row["all_foreign_pass"] = 0.02
    facts = {name: {"curve": [row], "at_the_thresholds": used} for name in plot.MEASURES}
    (tmp_path / "metrics.json").write_text(json.dumps({"refusal": facts}))
    picture = tmp_path / "curve.png"
    monkeypatch.setattr(sys, "argv", ["plot", "--model", str(tmp_path), "--out", str(picture)])
    plot.main()
    assert picture.read_bytes().startswith(b"\x89PNG")
