"""Measuring the generator: on held-out songs, beside baselines, with intervals and pictures."""
