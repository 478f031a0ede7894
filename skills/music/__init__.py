"""The music skill: phrase in, continuation out."""
