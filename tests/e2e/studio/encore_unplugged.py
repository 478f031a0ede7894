"""Encore takes sound from the microphone; prints what it tells, and "sound" at each second."""

import sys
import threading
import time

from assistant.ears.microphone import SystemMicrophone

microphone = SystemMicrophone(notify=lambda sentence: print(sentence, flush=True))
chunks = microphone.chunks()
next(chunks)
print("ready", flush=True)


def close_when_told() -> None:
    sys.stdin.read()
    microphone.close()


threading.Thread(target=close_when_told, daemon=True).start()
told_s = time.monotonic()
for _ in chunks:
    if time.monotonic() - told_s > 1.0:
        told_s = time.monotonic()
        print("sound", flush=True)
