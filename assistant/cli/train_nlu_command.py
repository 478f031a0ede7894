"""``encore train-nlu``: learn from sentences that were understood wrong."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from assistant.understanding.retraining import Outcome


@click.command("train-nlu")
@click.option("--rasa", is_flag=True, help="Train Rasa as well, where it is installed (minutes).")
@click.option("--reset", is_flag=True, help="Delete your own models: the shipped ones hold again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an engine.")
def command(rasa: bool, reset: bool, as_json: bool) -> None:
    """Train understanding with your corrections, and use it when it is no worse.

    Before and after are compared on the golden sentences; a model that understands less is thrown
    away and the exit status is 1. Takes two minutes or so; Ctrl-C leaves everything as it was.
    What you corrected: encore corrections list.
    """
    from assistant.contract import ModelError
    from assistant.understanding import places, user_models
    from assistant.understanding.corrections import FILE, recall
    from assistant.understanding.training_data import load_language

    data = load_language(places.skill_words()[0])
    if reset:
        dropped = [user_models.drop(engine) for engine in user_models.ENGINES]
        said = "Your own models are deleted;" if any(dropped) else "There was no model of your own;"
        click.echo(f"{said} the shipped ones hold.")
        return
    if not recall(places.data_dir() / FILE, data.intents):
        click.echo(
            "There are no corrections to learn from. When Encore got a sentence wrong, say or type:"
            " that is not what I meant."
        )
        return
    worse = []
    for outcome in _outcomes(rasa):
        _show(outcome, as_json=as_json)
        if outcome.worse is not None:
            worse.append(f"{outcome.worse.name}, {outcome.engine}")
    if worse:
        raise ModelError(
            f"The new model is worse ({'; '.join(worse)}), so the one before is kept;"
            " encore corrections list shows what it was to learn."
        )


def _outcomes(rasa: bool) -> list[Outcome]:
    from rich.console import Console

    from assistant.understanding import places
    from assistant.understanding.retraining import retrain
    from assistant.understanding.training_data import load_language
    from assistant.understanding.user_models import ENGINES

    data = load_language(places.skill_words()[0])
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what it started ends with it
    console = Console(stderr=True)
    engines = ENGINES if rasa else ENGINES[:1]
    try:
        with console.status("") as status:

            def tell(text: str) -> None:
                status.update(text)
                if not console.is_terminal:
                    console.print(text)

            return [retrain(engine, data, tell) for engine in engines]
    except KeyboardInterrupt:
        click.echo("Stopped; nothing was changed.", err=True)
        raise


def _show(outcome: Outcome, *, as_json: bool) -> None:
    pairs = list(zip(outcome.before, outcome.after, strict=True))
    if as_json:
        shares = {
            old.name: {"before": round(old.share.value, 4), "after": round(new.share.value, 4)}
            for old, new in pairs
        }
        kept = outcome.worse is None
        click.echo(json.dumps({"engine": outcome.engine, "used": kept, "figures": shares}))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("golden sentences", "before", "after", title=f"Understanding, {outcome.engine}")
    for old, new in pairs:
        table.add_row(old.name, *(f"{100 * f.share.value:.1f} %" for f in (old, new)))
    Console().print(table)
    if outcome.worse is None:
        click.echo("The new model is used from the next start on.")
