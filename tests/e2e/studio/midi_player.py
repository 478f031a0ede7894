"""A keyboard: plays the lines "TIME KIND PITCH VELOCITY" of stdin after "go" on a virtual port.

The line "end" is answered with "done"; "unplug" closes the port, "plug" opens it again. Times count
from the last "go".
"""

import sys
import time

import mido


def plug() -> mido.ports.BaseOutput:
    return mido.open_output("keys", virtual=True, client_name="Piano")


port = plug()
print("ready", flush=True)
start_s = time.perf_counter()
for line in sys.stdin:
    match line.split():
        case ["go"]:
            start_s = time.perf_counter()
        case ["unplug"]:
            port.close()
        case ["plug"]:
            port = plug()
            print("plugged", flush=True)
        case ["end"]:
            time.sleep(0.5)  # until everything has been taken
            print("done", flush=True)
        case [at, kind, pitch, velocity]:
            time.sleep(max(0.0, start_s + float(at) - time.perf_counter()))
            port.send(mido.Message(kind, note=int(pitch), velocity=int(velocity)))
