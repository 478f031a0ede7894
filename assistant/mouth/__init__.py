"""Speech out: a reply becomes sound, or a line on the console.

Receives: the text of a Reply. Emits: speech on the speakers, samples, or text.
"""
