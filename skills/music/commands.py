"""What is told about each command: read from commands.toml for questions, help and the docs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from assistant.contract import Command

COMMANDS_FILE: Final = Path(__file__).with_name("commands.toml")


@cache
def _data() -> Mapping[str, Any]:
    with COMMANDS_FILE.open("rb") as file:
        return tomllib.load(file)


@cache
def commands() -> Mapping[str, Command]:
    """Return intent -> what is told about it."""
    return {
        name: Command(name, entry["means"], entry["ask"], tuple(entry["examples"]))
        for name, entry in _data()["commands"].items()
    }


def parameters() -> Mapping[str, str]:
    """Return parameter -> what it does, a sentence."""
    return dict(_data()["parameters"])


def spoken_examples() -> Mapping[str, list[str]]:
    """Return parameter -> ways to say it, where its values have no fixed words."""
    return dict(_data()["spoken"])


def help_on(text: str) -> str:
    """Return the help about the first topic (in the order of the file) that a question names."""
    words = set(text.replace("'", "").split())
    topics = _data()["topics"].values()
    return next((str(topic["text"]) for topic in topics if words & set(topic["words"])), "")
