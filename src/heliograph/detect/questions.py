"""What a proposal asks, and what it is sure of."""

from collections.abc import Mapping, Sequence

import msgspec


class Question(msgspec.Struct, frozen=True):
    """A question that the file can't answer. key: names its answer. candidates: likely answers, the likeliest first."""

    key: str
    question: str
    candidates: list[str]


class Asking:
    """Takes the answers that are there, and keeps the questions that are open.

    open: the questions. because: what was decided and why, a sentence each.
    """

    def __init__(self, answers: Mapping[str, str]) -> None:
        """Begin with the answers, by key."""
        self._answers = answers
        self.open: list[Question] = []
        self.because: list[str] = []

    def ask(self, key: str, question: str, candidates: Sequence[str]) -> str:
        """Return the answer; where there is none yet, keep the question and return the likeliest."""
        if key in self._answers:
            return self._answers[key]
        self.open.append(Question(key, question, list(candidates)))
        return candidates[0]

    def given(self, key: str) -> str:
        """Return what was answered without a question, such as the site's place; nothing where it wasn't."""
        return self._answers.get(key, "")

    def sure(self, sentence: str) -> None:
        """Keep what was decided, and why."""
        self.because.append(sentence)
