"""Encore listens to the port "Piano" and answers each line of stdin with the last phrase."""

import json
import sys

from skills.music.keyboard.midi_keyboard import MidiKeyboard

keyboard = MidiKeyboard("piano")
print("ready", flush=True)
for _ in sys.stdin:
    phrase = keyboard.last_phrase()
    print(json.dumps(phrase.to_array().tolist()), flush=True)
keyboard.close()
