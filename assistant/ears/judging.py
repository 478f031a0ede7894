"""Whether the words of a whole sentence are a command for Encore."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.audio_files import Int16Samples
from assistant.contract import Transcript
from assistant.ears.confidence import CALLED, Following, to_transcript
from assistant.ears.heard import STOP_WORD, CommandAwaited, CommandHeard, EarEvent, NotUnderstood
from assistant.ears.second_look import without_doubtful_end
from assistant.ears.vosk_recogniser import HeardWord

Sound = Callable[[], Int16Samples]


class Judge:
    """Makes events of sentences; pure."""

    def __init__(self, is_command: Callable[[str], bool], following: Following) -> None:
        """``following`` judges sentences without a call."""
        self._is_command, self._following = is_command, following

    def judge(
        self,
        words: Sequence[HeardWord],
        now_s: float,
        *,
        called: bool,
        is_music: bool,
        sound: Sound | None = None,
    ) -> list[EarEvent]:
        """Return a command, that none was made out, or nothing where nobody was meant.

        ``sound`` returns that of the words, for a second opinion.
        """
        transcript = to_transcript(words)
        if not transcript.text:
            return [CommandAwaited(now_s)] if called else []
        is_meant = CALLED.accepts(words) if called else self._follows(words, is_music, sound)
        if is_meant:
            end_s = max(word.end_s for word in words if word.is_known)
            return [CommandHeard(transcript, called, end_s, now_s)]
        return [NotUnderstood(transcript.text)] if called else []

    def judge_stop(
        self,
        words: Sequence[HeardWord],
        now_s: float,
        *,
        called: bool,
        is_music: bool,
        sound: Sound | None = None,
        surely: bool = False,
    ) -> list[EarEvent]:
        """Make a command of a sentence that was acted on as "stop": nothing is asked back.

        ``surely``: a look heard "stop", whatever the words are; other ones must not begin anew.
        """
        meant = without_doubtful_end(words)
        if surely and (not meant or meant[0].word != STOP_WORD):
            meant = ()
        told = self.judge(meant, now_s, called=called, is_music=is_music, sound=sound)
        if any(isinstance(event, CommandHeard) for event in told):
            return told
        end_s = max((word.end_s for word in words), default=now_s)
        return [CommandHeard(Transcript(STOP_WORD, "voice"), called, end_s, now_s)]

    def _follows(self, words: Sequence[HeardWord], is_music: bool, sound: Sound | None) -> bool:
        if not self._following.accepts(words, is_music, sound):
            return False
        return self._following.is_verified or self._is_command(to_transcript(words).text)
