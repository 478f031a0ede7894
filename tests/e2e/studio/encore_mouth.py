"""Encore says each line of stdin; an empty line hushes it."""

import sys

from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth

mouth = Pyttsx3Mouth()
print("ready", flush=True)
for line in sys.stdin:
    if line.strip():
        mouth.speak(line)
        print("speaking", flush=True)
    else:
        mouth.hush()
        print("hushed", flush=True)
mouth.wait()
