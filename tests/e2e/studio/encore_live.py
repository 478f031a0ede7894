"""Encore plays along: keyboard "Piano" in, answers to an output ("midi", "synth").

Arguments: a folder for its data, the output, "thru" if keys shall sound. Each line of stdin is an
intent, "NAME {parameters as JSON} [text]", and is answered with the reply. What Encore says by
itself comes as lines that begin with "*".
"""

import json
import sys
from pathlib import Path

from assistant.contract import Intent, SkillContext, Turn
from assistant.leaving import leave_in_order
from skills.music.skill import MusicSkill

leave_in_order()
midi = {"input_port": "piano", "output_port": "module" if sys.argv[2] == "midi" else ""}
settings = {"midi": midi | {"thru": "thru" in sys.argv}, "music": {"seconds": 5.0}}
skill = MusicSkill.create(SkillContext(Path(sys.argv[1]), settings))
try:
    skill.warm_up()
    skill.stage()
    skill.connect_midi("piano", lambda text: print(f"* {text}", flush=True))
    print("ready", flush=True)
    for line in sys.stdin:
        name, _, rest = line.strip().partition(" ")
        parameters, end = json.JSONDecoder().raw_decode(rest or "{}")
        intent = Intent(rest[end:].strip() or name, name, 1.0, "rules", parameters)
        print(skill.handle(intent, Turn()).text, flush=True)
finally:
    skill.close()
