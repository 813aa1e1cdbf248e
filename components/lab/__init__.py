"""Labs: a design to mend, goals that its behaviour must meet, scenarios that try it, and the verdict on it."""

from components.lab.chance import seeds_of
from components.lab.folder import lab_of
from components.lab.goal import Goal, Window, evaluate, said
from components.lab.model import Anti, Hint, Lab, Prediction
from components.lab.scenario import Scenario
from components.lab.verdict import Cell, verdict

__all__ = [
    "Anti", "Cell", "Goal", "Hint", "Lab", "Prediction", "Scenario", "Window",
    "evaluate", "lab_of", "said", "seeds_of", "verdict",
]  # fmt: skip
