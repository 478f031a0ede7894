"""``encore generate``: many phrases in one go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.command("generate")
@click.option(
    "--jobs",
    "jobs_file",
    required=True,
    type=click.Path(path_type=Path),
    metavar="JOBS.jsonl",
    help="One JSON object a line: prompt, out, and any of seconds, seed, mood, key, tempo_bpm …",
)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the generator's model (default: the settings' one).",
)
@click.option("--report", is_flag=True, help="Add what the gate measured of each answer.")
def command(jobs_file: Path, model: Path | None, *, report: bool) -> None:
    """Continue the phrases named in a file of jobs and write one MIDI file each.

    Prints one JSON object a job as soon as it is done. A job that fails gives
    {"out", "error"}; the others go on, and the exit status is 1.
    """
    from rich.console import Console
    from rich.progress import Progress

    from assistant.settings import load_settings
    from skills.music.batch import read_lines, run_jobs
    from skills.music.generator.engine import Generator

    lines = read_lines(jobs_file)
    settings = load_settings()
    folder = model or (Path(settings.music.model).expanduser() if settings.music.model else None)
    generator = Generator.load(folder)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("generating", total=len(lines))

        def emit(result: dict[str, Any]) -> None:
            click.echo(json.dumps(result, ensure_ascii=False))
            progress.advance(task)

        failed = run_jobs(lines, generator, emit, report=report)
    if failed:
        click.echo(f"encore: {failed} of {len(lines)} jobs failed.", err=True)
        raise click.exceptions.Exit(1)
