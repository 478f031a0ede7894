"""Encore: the house: doors, ears, mouth, understanding and settings."""
