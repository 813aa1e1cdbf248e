from __future__ import annotations

from collections.abc import Iterable

from components.problem import Problem


class Refusal(Exception):
    """Ends an API call with problems and a 4xx status."""

    def __init__(self, status: int, problems: Iterable[Problem]) -> None:
        super().__init__(status)
        self.status = status
        self.problems = list(problems)
