"""The command ``encore``: every failure becomes one sentence and an exit status."""

from __future__ import annotations

import io
import os
import sys
import traceback

import click

from assistant.contract import EncoreError
from assistant.leaving import INTERRUPTED, end_anyway, leave_in_order

FAILURE, USAGE_ERROR = 1, 2


def main() -> None:
    """Run the command line and leave with its exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # file names need not be UTF-8
        sys.stdout.reconfigure(errors="backslashreplace")
    debug = "--debug" in sys.argv
    arguments = [a for a in sys.argv[1:] if a != "--debug"]
    status = run(arguments, debug=debug)
    if status == INTERRUPTED:  # a driver may also keep what the interpreter closes at its end
        end_anyway(status)
    sys.exit(status)


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command; returns 0, 1 (failure), 2 (usage error) or 130 (interrupted)."""
    from assistant.cli.group import encore

    _set_up_log(debug=debug)
    leave_in_order()
    try:
        code = encore.main(arguments, prog_name="encore", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # The reader went away (encore … | head): say nothing, and keep the exit quiet too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    except Exception as error:
        if debug:
            traceback.print_exc()
        click.echo(f"encore: {_sentence(error)}", err=True)
        return FAILURE
    return code if isinstance(code, int) else 0


def _set_up_log(*, debug: bool) -> None:
    """Keep the log off the terminal unless it is asked for; the doors write it to a file."""
    import logging

    if debug:
        logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    else:
        logging.getLogger().addHandler(logging.NullHandler())


def _sentence(error: Exception) -> str:
    if isinstance(error, EncoreError):
        return str(error)
    detail = " ".join(f"{type(error).__name__}: {error}".split())
    return f"Something went wrong inside Encore ({detail}); run it with --debug to see where."


if __name__ == "__main__":
    main()
