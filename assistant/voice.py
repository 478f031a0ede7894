"""The spoken door, opened: microphone, speech model, voice and small sounds of this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.contract import EncoreError
from assistant.leaving import ended_by_ctrl_c
from assistant.settings import Settings, load_settings
from assistant.spoken_door import SpokenDoor
from assistant.states import States

if TYPE_CHECKING:
    from assistant.cli.street import Street
    from assistant.ears.microphone import Microphone
    from assistant.ears.vosk_recogniser import Recogniser


def why_not_voice(settings: Settings | None = None) -> str | None:
    """Return what keeps the spoken door closed, as a sentence; None when it can open."""
    from assistant.ears.microphone import SystemMicrophone
    from assistant.ears.models import find_model

    settings = settings or load_settings()
    try:
        find_model(settings.speech.model or None)
        SystemMicrophone(settings.speech.microphone).close()
    except EncoreError as error:
        return no_voice(error)
    return None


def no_voice(error: EncoreError) -> str:
    """Return the sentence that tells why commands cannot be spoken."""
    return f"No voice here: {error}"


def open_ears(trace_dir: Path | None = None) -> None:
    """Listen until goodbye; raises ModelError or DeviceError when voice cannot work here.

    ``trace_dir``: every turn leaves a folder there.
    """
    from assistant.cli.street import open_street
    from assistant.ears.microphone import SystemMicrophone
    from assistant.ears.models import find_model, said_of_own
    from assistant.ears.vosk_recogniser import Recogniser
    from assistant.status_line import status_line
    from assistant.steady_memory import give_back_asleep, keep_memory_together
    from assistant.understanding.sentences import grammar_of

    keep_memory_together()
    states = States()
    states.subscribe(give_back_asleep)
    with (
        ended_by_ctrl_c(),
        open_street(say=print, trace_dir=trace_dir) as street,
        status_line(states),
    ):
        speech = street.settings.speech
        folder = find_model(speech.model or None)
        recogniser = Recogniser.load(folder)
        if speech.only_commands and recogniser.takes_grammar:
            recogniser.expect(grammar_of(street.nlu_dirs, speech.wake_word))
        said = (*said_of_own(folder, speech.model), *deaf_to(speech.wake_word, recogniser))
        for notice in (*street.notices, *said):
            print(notice)
        street.warm_up(notify=print)
        print(f'Listening. Say "{speech.wake_word}, continue what I play", or Ctrl-C to leave.')
        if sys.stdin is not None and sys.stdin.isatty():
            print("Enter opens the ears without the wake word.")
        listen(street, SystemMicrophone(speech.microphone, notify=print), recogniser, states)


def deaf_to(wake_word: str, recogniser: Recogniser) -> list[str]:
    """Return a sentence when the model does not know the wake word: it would never be heard."""
    unknown = [word for word in wake_word.lower().split() if not recogniser.knows(word)]
    if not unknown:
        return []
    return [
        f"The speech model {recogniser.name} does not know the word {unknown[0]!r}: choose another"
        " wake word in the settings (speech.wake_word), or press Enter before you speak."
    ]


def listen(
    street: Street, microphone: Microphone, recogniser: Recogniser, states: States | None = None
) -> None:
    """Carry out what is said into a microphone until it ends or somebody says goodbye."""
    from assistant.mouth.voice import Earcons, open_voice

    states = states or States()
    settings = street.settings
    mouth = open_voice(settings.speech, settings.sound.output_device, print, states)
    earcons = Earcons(
        settings.sound.output_device, on=settings.speech.earcons, key=street.music.key_name
    )
    door = SpokenDoor(street, recogniser, mouth, earcons, states)
    street.music.live.on_talk(door.open)
    try:
        for block in microphone.chunks():
            if door.is_over:
                break
            door.hear(block, microphone.arrived_s)
        door.finish()
    finally:
        microphone.close()
        door.close()
