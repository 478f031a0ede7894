"""Fits the small models of skills.music.theory to songs; never imported while playing."""
