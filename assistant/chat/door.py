"""Opens the chat: a shell on a terminal, else one command per line of stdin."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from assistant.chat.conversation import Conversation
from assistant.cli.street import Street, open_street
from assistant.settings import EngineName


def open_chat(
    *,
    phrase_file: Path | None = None,
    out_dir: Path | None = None,
    engine: EngineName | None = None,
    in_json: bool = False,
    trace_dir: Path | None = None,
) -> None:
    """Talk until goodbye or the end of the input."""
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    with open_street(engine=engine, out_dir=out_dir, say=print, trace_dir=trace_dir) as street:
        if phrase_file is not None:
            from skills.music.midi_file import read_phrase

            street.music.hear(read_phrase(phrase_file))
        for notice in street.notices:
            print(notice, file=sys.stderr)
        if interactive:
            from assistant.chat.shell import run_shell

            run_shell(street, in_json=in_json)
        else:
            run_lines(street, in_json=in_json)


def run_lines(street: Street, *, in_json: bool) -> None:
    """Answer every line of stdin; each reply is written out before the next line is read."""
    conversation = Conversation(street, lambda line: print(line, flush=True), in_json=in_json)
    street.warm_up()
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    for line in sys.stdin:
        if not conversation.answer(line):
            return
