"""``encore listen``: hands-free voice."""

from __future__ import annotations

import click


@click.command("listen")
def command() -> None:
    """Listen for the wake word and carry out what is said; Ctrl-C ends."""
    from assistant.contract import DeviceError
    from assistant.voice import open_ears, why_not_voice

    missing = why_not_voice()
    if missing is not None:
        raise DeviceError(missing)
    open_ears()
