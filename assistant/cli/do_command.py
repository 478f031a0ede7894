"""``encore do``: one command without microphone or keyboard."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from assistant.contract import Intent, Reply


@click.command("do")
@click.argument("text")
@click.option(
    "--phrase",
    type=click.Path(path_type=Path),
    metavar="FILE.mid",
    help="A MIDI file that stands in for what was played.",
)
@click.option(
    "--out",
    "out_dir",
    type=click.Path(path_type=Path),
    default=Path("out"),
    show_default=True,
    metavar="DIR",
    help="Where the files are written.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    show_default=True,
    help="Same phrase, command, seed and model: same notes.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.5, 600),
    help="Length of the answer, where TEXT says none.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "rasa", "embedded"]),
    default=None,
    help="Who turns words into intents (default: the settings' choice).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    text: str,
    phrase: Path | None,
    out_dir: Path,
    seed: int,
    seconds: float | None,
    engine: str | None,
    as_json: bool,
) -> None:
    """Carry out TEXT, for example "continue what i play in a happy mood".

    Writes answer.mid, answer.wav, answer.png (a piano roll of phrase and answer) and reply.txt
    into DIR, and reply.wav where a voice is installed. A command that makes no music writes the
    reply alone.
    """
    from assistant.cli.street import engine_name, open_street
    from assistant.contract import InputError, Transcript
    from skills.music.files import make_folder
    from skills.music.midi_file import read_phrase

    if not any(sign.isalnum() for sign in text):
        raise InputError('There are no words in TEXT. Try: encore do "compose something calm"')
    heard = read_phrase(phrase) if phrase is not None else None
    make_folder(out_dir)
    with open_street(engine=engine_name(engine), out_dir=out_dir, one_command=True) as street:
        street.music.use_seed(seed)
        if seconds is not None:
            street.music.use_seconds(seconds)
        if heard is not None:
            street.music.hear(heard)
        intent = street.house.understand(Transcript(text))
        reply = street.house.act(intent)
        if reply.if_yes is not None or reply.choices:  # nobody is there to answer
            raise InputError(reply.text)
    files = (*reply.files, *_write_reply(reply.text, out_dir))
    _print(intent, reply, files, as_json=as_json)


def _write_reply(text: str, out_dir: Path) -> tuple[Path, ...]:
    """Write the reply as text, and as speech where a voice works."""
    from assistant.contract import EncoreError
    from skills.music.files import written_whole

    written = out_dir / "reply.txt"
    with written_whole(written) as part:
        part.write_text(text + "\n", encoding="utf-8")
    spoken = out_dir / "reply.wav"
    with contextlib.suppress(EncoreError, ImportError):  # no voice here: the text is enough
        from assistant.audio_files import write_speech
        from assistant.mouth.voice import open_renderer
        from assistant.settings import load_settings

        write_speech(*open_renderer(load_settings().speech).render(text), spoken)
        return written, spoken
    return (written,)


def _print(intent: Intent, reply: Reply, files: tuple[Path, ...], *, as_json: bool) -> None:
    if not as_json:
        click.echo(reply.text)
        for path in files:
            click.echo(f"  {path}")
        return
    understood = intent.to_json()
    click.echo(
        json.dumps(
            {
                **understood,
                "reply": reply.text,
                "files": [str(path) for path in files],
                **reply.facts,
            },
            ensure_ascii=False,
        )
    )
