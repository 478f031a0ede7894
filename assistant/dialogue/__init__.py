"""What a sentence means in a conversation: answers to questions, corrections, doubts, help.

Receives: intents as the engines read them, one by one. Emits: what is to be done or asked.
Pure but for the memory of the last sentence and the open question; knows no skill.
"""
