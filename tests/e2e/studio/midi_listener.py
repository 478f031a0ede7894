"""A sound module: prints what its virtual port gets, as JSON lines, until stdin ends."""

import json
import sys
import time

import mido

got = []
with mido.open_input(
    "in",
    virtual=True,
    client_name="Module",
    callback=lambda message: got.append((time.perf_counter(), message.dict())),
):
    print("ready", flush=True)
    sys.stdin.read()
    time.sleep(0.5)  # what was sent last is under way
print(json.dumps(got), flush=True)
