"""The one who listens while the player plays, and takes over: turns, drafts and the stage."""

from __future__ import annotations

import logging
import queue
import sys
import threading
from collections.abc import Callable
from typing import Protocol

from skills.music.handover.drafting import Drafting
from skills.music.handover.drafts import Draft, Drafts
from skills.music.handover.entries import Entries, Entry
from skills.music.handover.hearing import Ending, Hearing
from skills.music.handover.pedal import HandoverPedal, as_control
from skills.music.handover.pulse import Pulse
from skills.music.handover.turns import Cause, Move, Order, Phase, Turns
from skills.music.handover.warmth import Warmth
from skills.music.keyboard.events import Pedal, Played, Stroke
from skills.music.keyboard.memory import NoteMemory
from skills.music.player.clock import Clock, SystemClock
from skills.music.player.live import SWITCH_S
from skills.music.request import Request
from skills.music.theory.phrase_end import PhraseEnd

BAR_LEAD_S = 0.35
"""An answer at the end of a share of bars is decided so long before."""
TICK_S, REST_S = 0.01, 0.1
"""How often there is a look, while somebody may have to come in, and otherwise."""
AWAKE_S = 5.0
MANY_WAIT = 32
"""With so many events waiting, the network hears none of them: to be in time comes first."""

log = logging.getLogger(__name__)


class Live(Protocol):
    """A keyboard that tells what happens on it."""

    memory: NoteMemory
    on_event: Callable[[Played], None] | None


class Partner:
    """Takes over when the player has finished, and gives way when the player comes back.

    One thread of its own calls ``step``; every other method may come from any thread.
    """

    def __init__(
        self,
        drafts: Drafts,
        entries: Entries,
        request: Callable[[], Request],
        clock: Clock | None = None,
        make_ending: Callable[[], Ending] = PhraseEnd,
        warmth: Warmth | None = None,
    ) -> None:
        self.pedal = HandoverPedal()
        self.on_pedal_learnt: Callable[[int], None] = lambda _number: None
        self.talk_pedal = HandoverPedal()
        self.on_talk: Callable[[], None] = lambda: None
        """Told when the talk pedal is pressed, which hands nothing over."""
        self.click: Callable[[float], Pulse | None] = lambda _now_s: None
        """Gives the pulse of a metronome that runs."""
        self.entries = entries
        self.drafts = drafts
        self._request = request
        """Gives a new request with the defaults and a new seed."""
        self._clock = clock or SystemClock()
        self._make_ending = make_ending
        self._warmth = warmth
        self._turns = Turns()
        self._drafting = Drafting(drafts, self._turns, self.pedal, request)
        self._hearing: Hearing | None = None
        self._keyboard: Live | None = None
        self._share_from_s: float | None = None
        """When the player's share of bars began."""
        self._events: queue.SimpleQueue[Played | None] = queue.SimpleQueue()
        self._lock = threading.RLock()
        self._closed = False
        self._thread: threading.Thread | None = None
        drafts.on_ready = self.wake

    @property
    def phase(self) -> Phase:
        """What Encore does: idle, waiting, due, answering."""
        return self._turns.phase

    def is_playing(self) -> bool:
        """Tell whether somebody plays at this moment."""
        return self._hearing is not None and self._hearing.is_playing(self._clock.now())

    def connect(self, keyboard: Live, *, threaded: bool = True) -> None:
        """Listen to a keyboard from now on."""
        with self._lock:
            self._disconnect()
            self._keyboard = keyboard
            self._hearing = Hearing(keyboard.memory, self._make_ending())
            self._hearing.click = lambda now_s: self.click(now_s)
            keyboard.on_event = self._events.put
            if threaded and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="partner", daemon=True)
                self._thread.start()

    def arm(self, order: Order) -> None:
        """Take over when the player has finished; an order to take turns waits for a new phrase."""
        with self._lock:
            self._share_from_s = None
            if order.again and self._hearing is not None:
                self._hearing.answered = self._hearing.memory.strokes
            self._do(self._turns.arm(order), self._clock.now())
        self.wake()

    def take_over(self, order: Order) -> None:
        """Take over now, on the next beat where there is a pulse."""
        with self._lock:
            now_s = self._clock.now()
            self._do(self._turns.arm(order), now_s)
            self._do(self._turns.decide(Cause.WORD), now_s)
        self.wake()

    def next_beat_s(self) -> float | None:
        """Return the next beat of what was played; None where no pulse is felt any more."""
        with self._lock:
            if self._hearing is None:
                return None
            now_s = self._clock.now()
            _, pulse = self._hearing.phrase(now_s)
            return pulse.next_s(now_s) if pulse is not None else None

    def has_begun(self) -> None:
        """An answer was begun by a command: the player may come back into it."""
        with self._lock:
            self._turns.begun(self._clock.now())
            if self._hearing is not None:
                self._hearing.is_answered()
            self.entries.adopt()

    def disarm(self) -> None:
        """Forget every order and answer: somebody said stop."""
        with self._lock:
            self._turns.disarm()
            self.entries.drop()
            self.drafts.drop()

    def ready_draft(self, request: Request) -> Draft | None:
        """Return a whole answer to this request that is there already; None without one."""
        draft = self.drafts.newest
        strokes = self._hearing.memory.strokes if self._hearing else -1
        return draft if draft and draft.is_whole and draft.job.fits(request, strokes) else None

    def close(self) -> None:
        """End the thread and every draft; idempotent."""
        self._closed = True
        self.wake()
        if self._thread is not None:
            self._thread.join(2.0)
        self.drafts.close()
        with self._lock:
            self._disconnect()

    def wake(self) -> None:
        """Look at everything at once."""
        self._events.put(None)

    def step(self, event: Played | None = None) -> None:
        """Take an event and everything that waits; then look at the clock."""
        with self._lock:
            if self._hearing is None:
                return
            while True:
                if event is not None:
                    self._take(event)
                try:
                    event = self._events.get_nowait()
                except queue.Empty:
                    break
            self._tick(self._hearing, self._clock.now())

    def _run(self) -> None:
        # Drafts are pure Python between their products: a switch every 5 ms would be heard.
        sys.setswitchinterval(SWITCH_S)
        while not self._closed:
            try:
                event = self._events.get(timeout=TICK_S if self._is_awake() else REST_S)
            except queue.Empty:
                event = None
            try:
                self.step(event)
            except Exception:  # the listener never dies while the house stands
                log.exception("The hand-over failed.")

    def _is_awake(self) -> bool:
        hearing = self._hearing
        if hearing is None:
            return False
        return (
            self._turns.phase is not Phase.IDLE
            or self._clock.now() - hearing.last_event_s < AWAKE_S
        )

    def _disconnect(self) -> None:
        if self._keyboard is not None:
            self._keyboard.on_event = None
        self._keyboard = self._hearing = None

    def _take(self, event: Played) -> None:
        assert self._hearing is not None
        if self._is_for_talking(event) or self._is_handover(event):
            return
        if self._warmth is not None and isinstance(event, (Stroke, Pedal)):
            self._warmth.take(event, in_haste=self._events.qsize() > MANY_WAIT)
        if self._hearing.take(event):
            if self._share_from_s is None:
                self._share_from_s = event.time_s
            self._do(self._turns.struck(event.time_s), event.time_s)

    def _is_for_talking(self, event: Played) -> bool:
        """Take the talk pedal; False when the event is something else, or a pedal is learnt."""
        control = as_control(event)
        if control is None or self.pedal.is_learning or control.number != self.talk_pedal.number:
            return False
        if self.talk_pedal.pressed(event):
            self.on_talk()
        return True

    def _is_handover(self, event: Played) -> bool:
        """Take the hand-over pedal; False when the event is something else."""
        control = as_control(event)
        if control is None:
            return False
        was_learning = self.pedal.is_learning
        if self.pedal.pressed(event):
            order = Order(self._request())
            self._do(self._turns.decide(Cause.PEDAL, order), event.time_s)
        if was_learning and not self.pedal.is_learning:
            self.on_pedal_learnt(control.number)
        return control.number == self.pedal.number

    def _tick(self, hearing: Hearing, now_s: float) -> None:
        over = hearing.is_over(now_s)
        if not self._bars_are_over(hearing, now_s) and over:
            self._do(self._turns.decide(Cause.END), now_s)
        self._follow(hearing, now_s)
        if self._drafting.wants(hearing, now_s):
            self.drafts.ask(
                self._drafting.job(hearing, self._drafting.order(), now_s), at_once=True
            )

    def _bars_are_over(self, hearing: Hearing, now_s: float) -> bool:
        """Decide at the end of the player's bars; True where bars count, not the phrase's end."""
        order = self._turns.order
        if self._turns.phase is not Phase.WAITING or order is None or order.bars is None:
            return False
        draft, start_s = self.drafts.newest, self._share_from_s
        pulse = draft.job.pulse if draft else None
        if pulse is None or start_s is None or hearing.memory.strokes <= hearing.answered:
            return False
        end_s = pulse.nearest_s(start_s) + order.bars * pulse.bar_s
        if now_s >= end_s - BAR_LEAD_S:
            self._do(self._turns.decide(Cause.BARS), now_s, at_s=max(end_s, now_s))
        return True

    def _do(self, move: Move | None, now_s: float, at_s: float | None = None) -> None:
        order = self._turns.answering_order()
        if move is Move.CALL_OFF:
            self.entries.call_off()
        elif move is Move.GIVE_WAY:
            self.entries.give_way(by_pedal=self._turns.cause is Cause.PEDAL)
            self._share_from_s = now_s
        elif move is Move.ENTER and self._hearing is not None and order is not None:
            entry = Entry(now_s, order, self._turns.cause, at_s, self._hearing.answered)
            self._hearing.is_answered()
            self.entries.begin(entry)
            self._enter(self._hearing, self._clock.now())

    def _enter(self, hearing: Hearing, now_s: float) -> None:
        """Begin the answer when it is there; else have it made."""
        if self.entries.begin_with(self.drafts.newest, hearing, now_s):
            return
        making, order = self.drafts.making, self._drafting.order()
        stale = making is not None and not making.fits(order.request, hearing.memory.strokes)
        if not self.drafts.is_busy or (stale and self._turns.cause is Cause.END):
            self.drafts.ask(self._drafting.job(hearing, order, now_s), at_once=True)

    def _follow(self, hearing: Hearing, now_s: float) -> None:
        """See how far the answer is that is due or sounds."""
        if self._turns.phase is Phase.DUE:
            if self.entries.is_to_begin:
                self._enter(hearing, now_s)
            if self.entries.is_to_begin and (error := self.drafts.take_error()) is not None:
                self.entries.drop()
                self.entries.tell(str(error))
                self._turns.disarm()
        first_s = self.entries.first_note_s()
        if first_s is not None:
            self._turns.entered(first_s)
        if self.entries.ended():
            self._turns.finished()
            self._share_from_s = now_s
