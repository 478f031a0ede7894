"""The group ``encore``: knows its commands by name and imports one only when it is called."""

from __future__ import annotations

import importlib
from typing import Final

import click

COMMANDS: Final[dict[str, str]] = {
    "run": "Start through the best door: voice where a microphone works, else chat.",
    "listen": "Hands-free voice.",
    "chat": "Typed commands; reads stdin when it is no terminal.",
    "do": "Carry out one command and write what comes out into a folder.",
    "parse": "Show what is understood: a line of text in, a JSON object out.",
    "hear": "Write down what is said in WAV files.",
    "models": "List, fetch, add, remove or choose speech models.",
    "generate": "Continue many phrases: a file of jobs in, MIDI files out.",
    "takes": "List, show, export or delete saved takes.",
    "corrections": "List or delete sentences that were understood wrong.",
    "train-nlu": "Learn from them.",
    "learn": "Adapt to your own MIDI files.",
    "doctor": "Check this machine and say what to mend.",
    "calibrate": "Measure the delay of the speakers, so that answers meet the beat.",
    "bench": "Measure Encore on this machine.",
}
"""Command → one line for ``encore --help``. Each lives in ``assistant.cli.NAME_command``."""


class LazyGroup(click.Group):
    """A group whose commands are modules that are imported on call."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of ``COMMANDS``."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one command, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"assistant.cli.{cmd_name.replace('-', '_')}_command")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command when there is none of that name."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"There is no command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.version_option(package_name="encore-assistant", prog_name="encore")
@click.pass_context
def encore(ctx: click.Context, debug: bool) -> None:  # noqa: ARG001 - read in __main__
    """Encore: an offline, voice-controlled music partner for your MIDI keyboard.

    Without a command: the same as `encore run`.
    """
    if ctx.invoked_subcommand is None:
        from assistant.cli.run_command import command

        ctx.invoke(command)
