"""Encore plays the MIDI file of its first argument on the output of its second; "stop" stops."""

import sys
import threading

from skills.music.midi_file import read_phrase
from skills.music.player.live import open_player

player = open_player(sys.argv[2], port="module")  # type: ignore[arg-type]
phrase = read_phrase(sys.argv[1])
print("ready", flush=True)


def stop_when_told() -> None:
    if "stop" in sys.stdin.readline():
        player.stop()


threading.Thread(target=stop_when_told, daemon=True).start()
print("played" if player.play(phrase) else "stopped", flush=True)
player.close()
