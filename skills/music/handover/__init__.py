"""Who plays when: the player hands over, Encore enters in time, and gives way again.

Receives: keys and pedals with their times, orders ("continue", "jam"). Emits: answers that begin.
"""
