"""Limits of the language. The limits of the site (people, runs, sockets) are in playground/limits.py."""

DESIGN_BYTES = 1_000_000
"""Largest design file, as UTF-8."""

NODES = 500
LINKS = 2_000
SCRIPT_ENTRIES = 1_000
SLOS = 20

ID_CHARS = 40
NAME_CHARS = 80
DESCRIPTION_CHARS = 10_000

COORDINATE = 1_000_000
"""Largest distance from the origin of the canvas, in canvas units."""

SCALE = 1_000_000
"""Largest factor by which a design divides its rates."""

VIRTUAL_S = 31_536_000
"""Latest virtual second that a script or a pattern may name: one year."""

BATCH_EDITS = 5_000
"""Edits in one batch: enough to put back a full design that was cleared."""

BATCH_DEPTH = 8
"""Batches within batches."""

FILE_DEPTH = 32
"""Objects within objects in a file."""

PROBLEMS = 100
"""Problems that one answer lists; who has more sees the rest after mending these."""

EXPERIMENT_POINTS = 400
"""Points of one experiment: all combinations of its axes."""

EXPERIMENT_SEEDS = 1_000
"""Runs at one point."""

EXPERIMENT_DURATION_S = 86_400
"""Virtual seconds that one run of an experiment counts."""
