"""Training of Encore's own speech model: never imported by the playing program."""
