"""``encore listen`` in a process of its own that tells when things happen, one JSON line each.

Nothing of it is changed but that the synthesiser's strokes are stamped. Lines with "at" are stamps
on ``time.time``, lines with "said" what Encore printed.
"""

from __future__ import annotations

import builtins
import json
import logging
import os
import sys
import time
from typing import Any

from assistant.leaving import leave_in_order
from assistant.voice import open_ears
from skills.music.player.outputs import SynthOutput

send = SynthOutput.send


def tell(**facts: object) -> None:
    """Write a line at once: several threads tell."""
    os.write(1, (json.dumps(facts) + "\n").encode())


class Stamps(logging.Handler):
    """Tells every record of Encore's log with its moment."""

    def emit(self, record: logging.LogRecord) -> None:
        tell(at=record.created, what=record.getMessage())


def stamped(output: SynthOutput, message: Any) -> None:
    send(output, message)
    if message.type == "note_on" and message.velocity > 0 and message.channel == 0:
        tell(at=time.time(), what="note")


def said(*words: object, **_options: object) -> None:
    tell(said=" ".join(map(str, words)))


logging.getLogger("assistant").addHandler(Stamps())
setattr(SynthOutput, "send", stamped)  # noqa: B010 - a method is replaced on purpose
setattr(builtins, "print", said)  # noqa: B010
leave_in_order()
open_ears()
sys.exit(0)
