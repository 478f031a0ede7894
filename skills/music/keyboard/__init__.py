"""Phrases in: from a MIDI port, from a MIDI file, or from the computer's own keys.

Receives: key strokes with the time they happened. Emits: a Phrase, time 0 = its first note.
"""
