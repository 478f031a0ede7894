"""``encore listen`` in a process of its own that tells when things happen, one JSON line each.

Nothing of it is changed but that the synthesiser's strokes are stamped. Lines with "at" are stamps
on ``time.time``, lines with "said" what Encore printed, lines with "heap" what its memory is for.
"""

from __future__ import annotations

import builtins
import ctypes
import json
import logging
import os
import sys
import threading
import time
from typing import Any

from assistant.leaving import leave_in_order
from assistant.voice import open_ears
from skills.music.player.outputs import SynthOutput

send = SynthOutput.send
LOOK_S = 10.0
"""How often memory is looked at."""


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


FIELDS = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"


class Heap(ctypes.Structure):
    """What glibc's ``mallinfo2`` tells, bytes."""

    _fields_ = [(name, ctypes.c_size_t) for name in FIELDS.split()]


def watch_memory() -> None:
    """Tell again and again what native code holds, what lies free between, and Python's blocks."""
    look = ctypes.CDLL(None).mallinfo2
    look.restype = Heap
    while True:
        heap = look()
        held, free = heap.uordblks + heap.hblkhd, heap.fordblks
        tell(heap={"held": held, "free": free, "python_blocks": sys.getallocatedblocks()})
        time.sleep(LOOK_S)


logging.getLogger("assistant").addHandler(Stamps())
setattr(SynthOutput, "send", stamped)  # noqa: B010 - a method is replaced on purpose
setattr(builtins, "print", said)  # noqa: B010
if hasattr(ctypes.CDLL(None), "mallinfo2"):
    threading.Thread(target=watch_memory, daemon=True).start()
leave_in_order()
open_ears()
sys.exit(0)
