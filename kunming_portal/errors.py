"""The one base of every refusal that a person should read."""


class Refused(Exception):
    """A rule of the domain says no. `sentence` is shown to the person as it is (already translated).

    Subclasses say what was refused (`MoveRefused`, `DivisionRefused`). Edges turn a refusal into an
    error at the form, or into a problem document with status 409; nothing was changed.
    """

    def __init__(self, sentence: str, *, code: str = "refused") -> None:
        super().__init__(sentence)
        self.sentence = str(sentence)
        self.code = code
