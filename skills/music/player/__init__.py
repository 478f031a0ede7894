"""Sound out: phrases become samples (a SoundFont synth) or MIDI on a port, at the right time.

Receives: a Phrase and a General MIDI program. Emits: WAV files, sound, MIDI messages.
"""
