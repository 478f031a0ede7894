"""``encore corrections``: the sentences that were understood wrong, listed and deleted."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group("corrections")
def command() -> None:
    """List or delete the sentences that you corrected; they never leave this machine."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a sentence.")
def list_corrections(as_json: bool) -> None:
    """Print all corrections with their numbers, the oldest first."""
    from assistant.understanding.corrections import recall

    path, intents = _place()
    kept = recall(path, intents)
    for number, correction in enumerate(kept, start=1):
        if as_json:
            told = {"number": number, "text": correction.text, "intent": correction.intent}
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            click.echo(f"{number:4}  {correction.intent:14}  {correction.text}")
    if not kept and not as_json:
        click.echo(f"No corrections yet in {path}.")


@command.command("forget")
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER…|all")
def forget_corrections(numbers: tuple[str, ...]) -> None:
    """Delete corrections by number, or all; a model that learned them goes with them."""
    from assistant.understanding.corrections import recall
    from assistant.understanding.forgetting import forget_numbers

    path, intents = _place()
    if "all" in numbers:
        wanted = list(range(1, len(recall(path, intents)) + 1))
    else:
        wanted = [_number(word) for word in numbers]
    click.echo(forget_numbers(path, wanted, intents))


def _number(word: str) -> int:
    if not word.isdecimal():
        raise click.UsageError(f"{word!r} is no number; give numbers of the list, or all.")
    return int(word)


def _place() -> tuple[Path, list[str]]:
    from assistant.understanding import places
    from assistant.understanding.corrections import FILE
    from assistant.understanding.training_data import load_language

    return places.data_dir() / FILE, list(load_language(places.skill_words()[0]).intents)
