"""Speech in: sound from a microphone or a file becomes words.

Receives: 16 kHz mono samples. Emits: HeardFile (a whole file) or Transcripts (live).
"""
