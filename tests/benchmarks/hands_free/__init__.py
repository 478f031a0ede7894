"""Figures of hands-free listening, through the classes of the live path; see docs/voice.md."""
