"""``encore calibrate``: how long a stroke takes to be heard, so that answers meet the beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from skills.music.player.calibrate import Calibration
    from skills.music.player.live import LivePlayer


@click.command("calibrate")
@click.option("--tap", is_flag=True, help="Tap along on the keyboard; needs no microphone.")
@click.option("--reset", is_flag=True, help="Forget what was measured.")
def command(tap: bool, reset: bool) -> None:
    """Measure the delay of the speakers and keep it: answers then sound on the beat.

    Eight clicks are played and found again by the microphone, which must hear the speakers. Where
    it does not, --tap takes your taps on the keyboard instead.
    """
    from assistant.settings import data_dir, load_settings
    from skills.music.player import calibrate
    from skills.music.player.live import open_player

    folder = data_dir()
    if reset:
        calibrate.forget(folder)
        click.echo("The delay is forgotten.")
        return
    settings = load_settings()
    sound, midi = settings.sound, settings.midi
    player = open_player(
        "auto" if midi.output_port else "synth",
        midi.output_port,
        sound.soundfont or None,
        sound.output_device or None,
        latency_ms=sound.latency_ms,
    )
    try:
        if tap:
            click.echo("Tap any key of the keyboard with every click.")
            found = _tapped(player, midi.input_port)
        else:
            found = calibrate.by_loopback(player, settings.speech.microphone)
    finally:
        player.close()
    calibrate.store(found, folder)
    click.echo(
        f"A stroke is heard after {found.latency_s * 1000:.0f} ms "
        f"(give or take {found.spread_s * 1000:.0f}; {found.way}). Answers now allow for it."
    )


def _tapped(player: LivePlayer, port: str) -> Calibration:
    from skills.music.keyboard.events import Stroke
    from skills.music.keyboard.midi_keyboard import MidiKeyboard
    from skills.music.player.calibrate import by_taps

    taps: list[float] = []
    keyboard = MidiKeyboard(port)
    keyboard.on_event = lambda e: (
        taps.append(e.time_s) if isinstance(e, Stroke) and e.velocity else None
    )
    try:
        return by_taps(player, lambda: taps)
    finally:
        keyboard.close()
