"""Set-up in steps: each knows when it is up to date, and can be stopped and taken up again.

Runs on a bare Python (3.10 or newer, no package installed), because it is what installs them.
"""
