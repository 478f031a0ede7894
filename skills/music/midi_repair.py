"""What can be saved of a damaged MIDI file."""

from __future__ import annotations

_HEADER_BYTES = 14
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
"""How many data bytes follow each kind of channel message (MIDI 1.0)."""
_META, _SET_TEMPO = 0xFF, 0x51
_SYSEX = (0xF0, 0xF7)
_END_OF_TRACK = b"\x00\xff\x2f\x00"


def repaired(data: bytes) -> bytes:
    """Return a MIDI file with the whole events of every track up to the first broken one.

    ``data`` begins with the header chunk. Of the meta events only tempos are kept: the others say
    nothing about notes, and are where damage hides. Raises ValueError when no header is left.
    """
    if len(data) < _HEADER_BYTES:
        raise ValueError("the header is cut off")
    tracks = [_sound_track(chunk) for chunk in data[_HEADER_BYTES:].split(b"MTrk")[1:]]
    header = data[:4] + (6).to_bytes(4, "big") + _file_type(data) + _count(tracks) + data[12:14]
    return header + b"".join(b"MTrk" + len(t).to_bytes(4, "big") + t for t in tracks)


def _file_type(data: bytes) -> bytes:
    kind = int.from_bytes(data[8:10], "big")
    return (kind if kind in (0, 1, 2) else 1).to_bytes(2, "big")


def _count(tracks: list[bytes]) -> bytes:
    return min(len(tracks), 0x7FFF).to_bytes(2, "big")


def _sound_track(chunk: bytes) -> bytes:
    """Return the events of a track chunk (without its name) that can be read, and an end."""
    body, kept, place, status = chunk[4:], bytearray(), 0, 0
    waiting = 0
    """Ticks of left-out events, to be added to the next kept one."""
    try:
        while place < len(body):
            ticks, place = _variable_int(body, place)
            waiting += ticks
            if body[place] & 0x80:
                status = body[place]
                place += 1
            length, place, keep = _event(body, place, status)
            if place + length > len(body):
                break
            if keep:
                kept += _varied(waiting) + keep + body[place : place + length]
                waiting = 0
            place += length
    except (IndexError, ValueError):
        pass
    return bytes(kept) + _END_OF_TRACK


def _event(body: bytes, place: int, status: int) -> tuple[int, int, bytes]:
    """Return the length of the data, where it begins, and what to write before it (b"": drop)."""
    if status == _META:
        kind = body[place]
        length, place = _variable_int(body, place + 1)
        tempo = kind == _SET_TEMPO and length == 3
        return length, place, bytes((_META, _SET_TEMPO, 3)) if tempo else b""
    if status in _SYSEX:
        length, place = _variable_int(body, place)
        return length, place, b""
    if status >> 4 not in _DATA_BYTES:
        raise ValueError("no such event")
    return _DATA_BYTES[status >> 4], place, bytes((status,))


def _variable_int(body: bytes, place: int) -> tuple[int, int]:
    """Return a number of up to four bytes of seven bits each, and the place after it."""
    value = 0
    for step in range(4):
        byte = body[place + step]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + step + 1
    raise ValueError("number too long")


def _varied(value: int) -> bytes:
    """Return a number in bytes of seven bits, as MIDI files write it."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))
