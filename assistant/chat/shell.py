"""The shell for people: history, completion, and a first prompt that does not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout

from assistant.chat.conversation import Conversation
from assistant.cli.street import Street

PROMPT = "you> "
WELCOME = "Encore is ready. Say what you want, or /help; Ctrl-D leaves."


def run_shell(street: Street, *, in_json: bool = False) -> None:
    """Ask and answer until goodbye or Ctrl-D; Ctrl-C at the prompt stops the music."""
    conversation = Conversation(street, print, in_json=in_json)
    session: PromptSession[str] = PromptSession(
        PROMPT,
        history=open_history(street.data_dir / "history"),
        completer=Sentences(street, conversation.commands),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
    )
    with patch_stdout():
        print(WELCOME)
        begin: Callable[[], None] | None = partial(street.warm_up, notify=print)
        while True:
            try:
                # The slow parts begin to load when the first prompt stands.
                line = session.prompt(pre_run=begin)
            except KeyboardInterrupt:
                begin = None
                street.house.stop()
                continue
            except EOFError:
                return
            begin = None
            if not conversation.answer(line):
                return


def open_history(path: Path) -> History:
    """Return the history of earlier sittings, or an empty one where no file can be kept."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


class Sentences(Completer):
    """Completes example sentences, slash commands, and the files of /phrase."""

    def __init__(self, street: Street, commands: Iterable[str]) -> None:
        self._examples = [text for skill in street.house.skills for text in skill.examples]
        self._commands = list(commands)
        self._files = PathCompleter(expanduser=True)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Return what the line before the cursor may become."""
        line = document.text_before_cursor
        if line.startswith("/phrase "):
            rest = Document(line.removeprefix("/phrase "))
            yield from self._files.get_completions(rest, complete_event)
            return
        known = self._commands if line.startswith("/") else self._examples
        for text in known:
            if text.startswith(line.lower()):
                yield Completion(text, start_position=-len(line))
