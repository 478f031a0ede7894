"""Encore says each line of stdin; an empty line hushes it."""

import sys
import time

from assistant.mouth.voice import open_voice
from assistant.settings import SpeechSettings
from assistant.states import State, States

states = States()
mouth = open_voice(SpeechSettings(), notify=print, states=states)
print("ready", flush=True)
for line in sys.stdin:
    if line.strip():
        mouth.speak(line)
        while states.now.state is not State.SPEAKING:
            time.sleep(0.005)
        print("speaking", flush=True)
    else:
        mouth.hush()
        print("hushed", flush=True)
mouth.wait()
