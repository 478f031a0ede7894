"""``encore doctor``: what works here, and how to mend what does not."""

from __future__ import annotations

import json

import click


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """Check Python, models, Rasa, microphone, speakers, MIDI and synthesiser; one line each.

    "ok" works, "--" is not here and not needed, "!!" must be mended. Exits 1 when Encore cannot
    work.
    """
    from assistant.doctor import is_well, run_checks, to_json

    checks = run_checks()
    if as_json:
        click.echo(json.dumps(to_json(checks), indent=2, ensure_ascii=False))
    else:
        for check in checks:
            click.echo(check.line)
    if not is_well(checks):
        raise click.exceptions.Exit(1)
