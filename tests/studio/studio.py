"""A studio made of software, for machines without sound: microphone, speaker, MIDI patch bay.

MIDI: jackd with its dummy driver. Sound: PulseAudio with null sinks, reached through ALSA's default
device. What is played to the sink ``room`` comes out of the microphone; the speaker can be recorded
from ``speaker.monitor``. Both servers live exactly as long as the studio.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType

RATE_HZ = 48_000
PERIOD_FRAMES = 256
READY_S = 10.0
STOP_S = 7.0
PR_SET_PDEATHSIG = 1
PROGRAMS = ("jackd", "jack_lsp", "pulseaudio", "pactl", "paplay", "parec")
ALSA_CONFIG = Path("/usr/share/alsa/alsa.conf")
SHARED_MEMORY = Path("/dev/shm")
MICROPHONE_SINK = "room"
SPEAKER_MONITOR = "speaker.monitor"

# A stream of silence runs all the time ("quiet"): a null sink without one hands out its first
# samples a second or two late.
PULSE_SCRIPT = """\
.fail
load-module module-native-protocol-unix auth-anonymous=1 socket={socket}
load-module module-null-sink sink_name=speaker rate={rate} channels=2
load-module module-null-sink sink_name=room rate={rate} channels=1
load-module module-null-sink sink_name=quiet rate={rate} channels=1
load-module module-remap-source master=room.monitor source_name=mic
load-module module-loopback source=quiet.monitor sink=room latency_msec=20
load-module module-loopback source=quiet.monitor sink=speaker latency_msec=20
set-default-sink speaker
set-default-source mic
"""
ALSA_SCRIPT = """\
<{base}>
pcm.!default {{ type pulse hint {{ show on description "virtual studio" }} }}
ctl.!default {{ type pulse }}
"""


class StudioError(Exception):
    """The studio cannot be set up; the text is one sentence."""


def missing_parts() -> list[str]:
    """Return the programs that this machine lacks."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    return missing if ALSA_CONFIG.exists() else [*missing, str(ALSA_CONFIG)]


class VirtualStudio:
    """Starts both servers on entry and ends them on exit."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        """Variables for whoever works in the studio, the caller's own included."""
        self._stack = ExitStack()

    def __enter__(self) -> VirtualStudio:
        if missing := missing_parts():
            raise StudioError(f"missing: {', '.join(missing)}.")
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="studio-")))
            self._start_sound(stack, folder)
            self._start_midi(stack, folder)
            self._stack = stack.pop_all()
        return self

    @classmethod
    @contextmanager
    def sound_only(cls, folder: Path) -> Iterator[VirtualStudio]:
        """Run the sound server alone, in a folder: begun there again it has the same address."""
        studio = cls()
        with ExitStack() as stack:
            studio._start_sound(stack, folder)
            yield studio

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _start_sound(self, stack: ExitStack, folder: Path) -> None:
        socket = folder / "pulse.sock"
        script = folder / "default.pa"
        script.write_text(PULSE_SCRIPT.format(socket=socket, rate=RATE_HZ))
        alsa = folder / "alsa.conf"
        alsa.write_text(ALSA_SCRIPT.format(base=ALSA_CONFIG))
        own = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "DBUS_SESSION_BUS_ADDRESS": ""}
        options = ("--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--realtime=no")
        command = ("pulseaudio", "-n", "-F", str(script), *options, "--log-target=stderr")
        server = _spawn(stack, command, {**os.environ, **own}, folder / "pulseaudio.log")
        self.environment = {
            **os.environ,
            "PULSE_SERVER": f"unix:{socket}",
            "ALSA_CONFIG_PATH": str(alsa),
        }
        _wait_for(server, "pulseaudio", folder, lambda: "\tmic\t" in self._sources())

    def _start_midi(self, stack: ExitStack, folder: Path) -> None:
        forget_dead_servers()
        name = f"encore-studio-{os.getpid()}"
        self.environment |= {
            "JACK_DEFAULT_SERVER": name,
            "JACK_NO_START_SERVER": "1",
            "MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK",
        }
        # --sync keeps dense bursts of messages in order, and makes every new client stop the graph
        # for ten times --timeout; the default of 4096 ports would fill a container's small shared
        # memory.
        order = ("--sync", "--timeout", "300", "--port-max", "128")
        options = ("--no-mlock", "--no-realtime", "--name", name, *order)
        driver = ("-d", "dummy", "-r", str(RATE_HZ), "-p", str(PERIOD_FRAMES))
        quiet = {**os.environ, "JACK_NO_AUDIO_RESERVATION": "1"}
        server = _spawn(stack, ("jackd", *options, *driver), quiet, folder / "jackd.log")
        _wait_for(server, "jackd", folder, lambda: self._answers("jack_lsp"))

    def _sources(self) -> str:
        command = ("pactl", "list", "short", "sources")
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        ).stdout

    def _answers(self, program: str) -> bool:
        done = subprocess.run(program, env=self.environment, capture_output=True, check=False)
        return done.returncode == 0


def forget_dead_servers() -> None:
    """Remove what killed JACK servers left: eight of them, and no new one starts any more.

    JACK itself takes a dead server for alive once another process has got its number.
    """
    commands = (path / "comm" for path in Path("/proc").glob("[0-9]*"))
    with suppress(OSError):
        if any(_word(path) == "jackd" for path in commands):
            return
        for path in (
            *SHARED_MEMORY.glob("jack-*"),
            *SHARED_MEMORY.glob("jack_sem.*encore-studio*"),
        ):
            path.unlink(missing_ok=True)


def _word(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # the process is over
        return ""


def _spawn(
    stack: ExitStack, command: Sequence[str], environment: dict[str, str], log: Path
) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        server = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            preexec_fn=_die_with_parent,
        )
    stack.callback(_end, server)
    return server


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_for(
    server: subprocess.Popen[bytes], name: str, folder: Path, ready: Callable[[], bool]
) -> None:
    deadline_s = time.monotonic() + READY_S
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline_s:
            said = (folder / f"{name}.log").read_text("utf-8", "replace").strip().splitlines()
            raise StudioError(f"{name} did not start: {said[-1] if said else 'it said nothing'}")
        time.sleep(0.05)


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
