"""What make calls: set-up, locks and checks, in Python's standard library alone."""
