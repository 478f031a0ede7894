"""``encore models``: the speech models that are there, and those that can be had."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from assistant.ears.catalogue import ModelFacts
    from assistant.ears.model_archives import Progress


@click.group("models", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, fetch, add, remove or choose the models that hear you.

    English is what commands are spoken in; Vosk models of other languages load as well, but then
    no command is understood.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_models)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a model.")
def list_models(as_json: bool) -> None:
    """Print all models; a star marks the one that listens."""
    from assistant.contract import ModelError
    from assistant.ears.model_shelf import installed, missing_known
    from assistant.ears.models import find_model
    from assistant.settings import load_settings

    try:
        chosen: Path | None = find_model(load_settings().speech.model or None)
    except ModelError as error:
        chosen = None
        click.echo(str(error), err=True)
    for facts in installed():
        listens = facts.folder == chosen
        if as_json:
            click.echo(json.dumps({**facts.to_json(), "in_use": listens, "installed": True}))
        else:
            click.echo("\n".join(_lines(facts, listens)))
    for model in missing_known():
        if as_json:
            known = {"name": model.name, "size_bytes": model.size_bytes, "licence": model.licence}
            click.echo(json.dumps({**known, "sha256_of_archive": model.sha256, "installed": False}))
        else:
            click.echo(f"  {model.name}: not here; encore models fetch")
            click.echo(f"      {model.size_bytes / 1e6:.0f} MB, {model.licence}; hears more words")
            click.echo(f"      SHA-256 of the archive {model.sha256}")


@command.command("fetch")
@click.argument("model", default="")
@click.option("--sha256", default="", help="Checksum of the archive, for a model from an address.")
def fetch(model: str, sha256: str) -> None:
    """Fetch MODEL (default: the official small English one) by name, or by its https address.

    A download that broke off is taken up again.
    """
    from assistant.ears.catalogue import SMALL_ENGLISH
    from assistant.ears.model_shelf import fetch_model

    with _progress() as progress:
        place = fetch_model(model or SMALL_ENGLISH.name, sha256, progress)
    click.echo(f"{place.name} is in {place}.")
    _say_language(place)


@command.command("add")
@click.argument("source", type=click.Path(path_type=Path), metavar="FILE.zip|DIR")
@click.option("--sha256", default="", help="Checksum that the archive must have.")
def add(source: Path, sha256: str) -> None:
    """Take a model from a ZIP archive or a folder that is here already."""
    from assistant.ears.model_shelf import add_model

    place = add_model(source, sha256)
    click.echo(f"{place.name} is in {place}.")
    _say_language(place)


@command.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Delete one of your models; what came with Encore stays."""
    from assistant.contract import InputError
    from assistant.ears.model_shelf import remove_model
    from assistant.ears.models import named

    if not yes and named(name) is not None:
        try:
            agreed = click.confirm(f"Delete {name}?")
        except click.Abort:
            raise InputError(f"{name} was not deleted: nobody answered. Add --yes.") from None
        if not agreed:
            raise InputError(f"{name} was not deleted.")
    click.echo(f"Removed {remove_model(name)}.")


@command.command("use")
@click.argument("name")
def use(name: str) -> None:
    """Listen with NAME from now on (a listed model or a folder; auto: the first one found)."""
    from assistant.ears.model_shelf import use_model

    place = use_model(name)
    click.echo(f"Encore listens with {place.name} from now on.")
    _say_language(place)


def _lines(facts: ModelFacts, listens: bool) -> Iterator[str]:
    yield f"{'*' if listens else ' '} {facts.name}: {facts.folder}"
    licence = facts.licence or "licence: see its README"
    language = facts.language or "language not told"
    yield f"      {facts.size_bytes / 1e6:.1f} MB, {language}, {licence}"
    if facts.words_wrong is None or facts.understood is None:
        yield "      figures: not measured here"
    else:
        wrong, right = facts.words_wrong, facts.understood
        yield f"      {wrong:.1%} of words wrong, {right:.1%} of commands understood (its card)"
    yield f"      SHA-256 {facts.sha256}"


def _say_language(place: Path) -> None:
    from assistant.ears.models import is_english

    if not is_english(place.name):
        click.echo("Its language is not English: it loads, but commands are English.")


@contextmanager
def _progress() -> Iterator[Progress]:
    """Draw a bar on a terminal's stderr; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _have, _all: None
        return
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda have, whole: bar.update(task, completed=have, total=whole)
