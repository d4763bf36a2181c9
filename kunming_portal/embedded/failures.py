"""What can go wrong, as one sentence for the person at the keyboard."""


class Failure(Exception):
    """Something the operator can put right. The message is one whole sentence; it ends the command with 1."""


class Stopped(Exception):
    """The operator asked to stop (Ctrl-C, TERM, or the terminal was closed). Not an error."""
