"""Encore takes sound from the microphone until stdin ends and writes it to a WAV file."""

import sys
import threading

import numpy as np
import soundfile

from assistant.audio_files import SPEECH_RATE_HZ
from assistant.ears.microphone import SystemMicrophone

microphone = SystemMicrophone()
chunks = microphone.chunks()
blocks = [next(chunks)]
print("ready", flush=True)


def close_when_told() -> None:
    sys.stdin.read()
    microphone.close()


threading.Thread(target=close_when_told, daemon=True).start()
blocks.extend(chunks)
soundfile.write(sys.argv[1], np.concatenate(blocks), SPEECH_RATE_HZ)
print(microphone.lost_blocks, flush=True)
