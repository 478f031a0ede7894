"""Key and pulse of a phrase: pure functions of its notes."""
