"""Sound that is kept for looks, second opinions and the trace: of the sentence that goes on."""

from __future__ import annotations

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples

KEEP_S = 20.0
"""Sound of a sentence that is kept."""
BEFORE_S = 1.0
"""Sound that is kept from before its first word was written: the word itself lies in there."""


class KeptSound:
    """The last blocks of a stream."""

    def __init__(self) -> None:
        self.blocks: list[Int16Samples] = []
        """The newest is the last."""

    def keep(self, block: Int16Samples, *, in_sentence: bool) -> None:
        """Take the next block; outside of sentences only the last moment stays."""
        if not in_sentence:
            most = round(BEFORE_S / max(len(block) / SPEECH_RATE_HZ, 0.01))
            self.blocks = self.blocks[-most:]
        self.blocks.append(block)
        if len(self.blocks) * len(block) > KEEP_S * SPEECH_RATE_HZ:
            del self.blocks[0]
