"""``make docs``: docs/commands.md from the data; ``--check`` tells when it is stale.

Commands and examples come from ``skills/music/commands.toml`` and the house's own, what an intent
accepts from its templates, and the words of every value from ``skills/music/nlu/parameters.yml``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from assistant.contract import Command
from assistant.dialogue.own_commands import OWN_COMMANDS
from assistant.understanding.training_data import LanguageData, load_language
from assistant.understanding.vocabulary import Parameter
from skills.music import commands, parameters, replies
from skills.music.skill import MusicSkill

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
INTRODUCTION = """# What you can say

Made from the words that Encore learns from: `make docs` writes this page, `make check` tells when
it is stale. Say it to the microphone or type it in `encore chat`; other wordings of the same work
too, and several parameters fit in one sentence: "sadder and slower, on strings, for eight bars".
`encore parse` shows what is understood.

- **Relative to what you heard**: "again but sadder", "the second one", "same with piano", "in the
  same key but faster", "not so fast".
- **Taken back in the same breath**: "continue in a happy mood, no, never mind" does nothing.
- **Got wrong**: "that is not what I meant", or at once "no, I meant sadder". Encore takes its
  mistake back, does what you meant, and keeps the sentence on this machine for `encore train-nlu`
  ([the command line](cli.md#corrections-and-train-nlu)).
- **Questions of Encore's** are answered by yes or no, by "a", "b", "the second one" or the words
  themselves, by a name or a number. Any other command drops the question.
"""
SPOKEN_ALONE = frozenset({"choice"})
"""Parameters whose many values examples show better than a table."""
KINDS_FIRST = ("adj", "er", "ly", "too", "noun")
"""Kinds of words in the order in which they are listed; others follow by name."""


def page() -> str:
    """Return the whole page."""
    data = load_language(MusicSkill.nlu_dir)
    told = {**commands.commands(), **OWN_COMMANDS}
    parts = [INTRODUCTION, "## Commands\n", *_overview(told.values())]
    for command in told.values():
        parts += _command(command, data)
    parts.append("\n## Parameters\n")
    for name in parameters.CHECKS:
        parts += _parameter(name, data)
    return "\n".join(parts).rstrip() + "\n"


def _overview(told: Iterable[Command]) -> Iterator[str]:
    yield "| command | means | for example |"
    yield "| --- | --- | --- |"
    for command in told:
        link = f"[{command.intent}](#{command.intent})"
        yield f'| {link} | {command.means} | "{command.examples[0]}" |'


def _command(command: Command, data: LanguageData) -> Iterator[str]:
    yield f"\n### {command.intent}\n"
    built = command.intent not in replies.unbuilt_intents()
    yield command.means + ("" if built else " Understood, but not built yet: Encore says so.")
    yield ""
    yield from (f'- "{example}"' for example in command.examples)
    accepted = [p for p in parameters.CHECKS if p in data.accepts.get(command.intent, ())]
    if accepted:
        links = ", ".join(f"[{name}](#{name})" for name in accepted)
        yield f"\nParameters: {links}."


def _parameter(name: str, data: LanguageData) -> Iterator[str]:
    yield f"\n### {name}\n"
    yield commands.parameters()[name]
    spoken = commands.spoken_examples().get(name, [])
    if spoken:
        yield "\nFor example " + ", ".join(f'"{words}"' for words in spoken) + "."
    known = data.vocabulary.parameters.get(name)
    values = list(_values(known)) if known is not None and name not in SPOKEN_ALONE else []
    if values:
        yield "\n| value | words |"
        yield "| --- | --- |"
        yield from values


def _values(parameter: Parameter) -> Iterator[str]:
    """Yield a row for every value with all of its words."""
    others = sorted(set(parameter.words) - set(KINDS_FIRST))
    words: dict[str, dict[str, None]] = {}
    for kind in (*KINDS_FIRST, *others):
        for value, phrases in parameter.words.get(kind, {}).items():
            words.setdefault(str(value), {}).update(dict.fromkeys(phrases))
    for value, phrases_of_value in words.items():
        yield f"| {value} | {', '.join(phrases_of_value)} |"


def main(words: list[str] | None = None) -> int:
    """Write the page, or with ``--check`` return 1 when it is stale."""
    parser = argparse.ArgumentParser(prog="scripts.make_commands_page", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    asked = parser.parse_args(words)
    wanted = page()
    if asked.check:
        there = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        if there == wanted:
            return 0
        print("docs/commands.md is stale: make docs writes it again.")
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
