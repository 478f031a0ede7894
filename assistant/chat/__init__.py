"""The typed door: a shell for people, lines for programs.

Receives: typed text. Emits: replies on the terminal, or one JSON object per line.
"""
