"""Puts the partner together from the parts of the skill."""

from __future__ import annotations

from dataclasses import replace

from skills.music.handover.drafts import Drafts
from skills.music.handover.entries import Entries
from skills.music.handover.partner import Partner
from skills.music.handover.warmth import Ear, Warmth
from skills.music.lazy import Lazy
from skills.music.listening import Listening
from skills.music.options import WhenPlayerReturns
from skills.music.parts import MusicGenerator
from skills.music.request import Request
from skills.music.session import Session, Version
from skills.music.stage import Stage


def make_partner(
    generator: Lazy[MusicGenerator],
    stage: Lazy[Stage],
    session: Session,
    listening: Listening,
    when_player_returns: WhenPlayerReturns = "yield",
) -> Partner:
    """Return a partner that keeps its answers in the session; it listens once it is connected."""

    def request() -> Request:
        return replace(session.defaults, verb="continue", seed=session.next_seed())

    def keep(version: Version) -> None:
        session.history.add(version)
        listening.recording_is_newest = False

    def ear() -> Ear | None:
        return getattr(generator.made, "ear", None)

    drafts = Drafts(generator)
    entries = Entries(stage, drafts, keep, when_player_returns)
    return Partner(drafts, entries, request, warmth=Warmth(ear))
