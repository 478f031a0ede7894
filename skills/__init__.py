"""Skills: rooms that own intents and words; found by the entry point group ``encore.skills``."""
