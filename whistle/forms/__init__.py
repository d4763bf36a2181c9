"""What a person types: one form per move, and the blow form. Fields and sentences only; services decide.

A refused field keeps what was typed and says the sentence beside it.
"""
