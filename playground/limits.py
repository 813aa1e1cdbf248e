"""Every limit of the site, in one table. The limits of the language (nodes, links, bytes) are in components/limits.py."""

from __future__ import annotations

from dataclasses import dataclass

from components.limits import DESIGN_BYTES


@dataclass(frozen=True)
class Limit:
    """A product limit: what it is called, how much, and what happens to those who pass it."""

    name: str
    value: int
    help: str


LIMITS: dict[str, Limit] = {}


def limit(name: str, value: int, help: str) -> int:
    """Enters a limit in the table and gives its value back."""
    LIMITS[name] = Limit(name, value, help)
    return value


BODY_BYTES = limit("body_bytes", DESIGN_BYTES + 100_000, "Largest HTTP body; more is answered with 413.")
MESSAGE_BYTES = limit("message_bytes", DESIGN_BYTES + 100_000, "Largest socket message; more closes it with 1009.")
COMMAND_BYTES = limit("command_bytes", 64_000, "Largest message to a run; more closes the socket with 1009.")
DESIGNS_PER_PERSON = limit("designs_per_person", 500, "Designs of one person; more are refused.")
EDITS_PER_DESIGN = limit("edits_per_design", 100_000, "Edits of one design; a fork starts again at none.")
RUNS_PER_PERSON = limit("runs_per_person", 5, "Runs of one person that are not over; more are refused.")
COMMANDS_PER_RUN = limit("commands_per_run", 20_000, "Commands in the log of one run; more are refused.")
ATTEMPTS_PER_RUN = limit(
    "attempts_per_run", 3, "Workers that may vanish with a run, in a row and without one new frame; then it has failed."
)
RUN_VIRTUAL_S = limit("run_virtual_s", 4 * 3600, "Virtual seconds after which a live run has finished.")
RUN_IDLE_S = limit("run_idle_s", 300, "A run that nobody has watched for so many seconds is stopped.")
MESSAGES_PER_S = limit("messages_per_s", 20, "Messages a second on one socket, acks apart; more are refused.")
MESSAGE_BURST = limit("message_burst", 40, "Messages at once on one socket before the rate counts.")
ACKS_PER_S = limit("acks_per_s", 100, "Acks a second on one socket; more count as malformed.")
BAD_MESSAGES = limit(
    "bad_messages", 50, "Malformed or refused messages in a row before the socket is closed with 4400."
)
PRESENCE_PER_S = limit("presence_per_s", 20, "Cursors a second that one socket may send, apart from other messages.")
PRESENCE_S = limit("presence_s", 30, "Seconds after which somebody whose server was lost counts as gone.")
PRESENCE_MOST = limit("presence_most", 50, "People on one canvas that a newcomer is told of.")
PRESENCE_SELECTED = limit("presence_selected", 200, "Ids of one selection that others are shown; more are refused.")
FRAMES_UNACKED = limit("frames_unacked", 10, "Frames on their way to one browser; beyond, only the newest waits.")
ACK_TIMEOUT_S = limit("ack_timeout_s", 15, "Seconds without an ack before the socket is closed with 4408.")
FRAMES_CAUGHT_UP = limit("frames_caught_up", 200, "Frames that a late joiner gets at once.")
FILM_FRAMES = limit("film_frames", 1800, "Frames that a replay keeps at most; a long run is kept in larger steps.")
FILM_BYTES = limit(
    "film_bytes", 24_000_000, "Text of a replay before it is compressed; a large design is kept thinner."
)
FILM_CPU_S = limit("film_cpu_s", 120, "Computing time of one replay; one that takes longer ends there and says so.")
FILMS_PER_DESIGN = limit("films_per_design", 40, "Replays of a design that are kept; the oldest are computed again.")
EMBEDS_PER_MINUTE = limit("embeds_per_minute", 30, "New embedded runs a minute from one address; more are refused.")
EMBED_S = limit("embed_s", 90, "Simulated seconds of an embedded run.")
GUESTS_PER_MINUTE = limit("guests_per_minute", 600, "New guests a minute from one address; more are refused with 429.")
SIGNUPS_PER_MINUTE = limit(
    "signups_per_minute", 60, "New accounts a minute from one address; more are refused with 429."
)
LOGINS_PER_MINUTE = limit("logins_per_minute", 60, "Tries to sign in a minute from one address; more are refused.")
WRONG_PASSWORDS = limit("wrong_passwords", 10, "Wrong passwords for one account within five minutes; then it waits.")
ATTEMPTS_PER_PERSON = limit(
    "attempts_per_person", 3, "Attempts of one person that wait or are graded; more are refused."
)
ATTEMPTS_PER_WORK = limit("attempts_per_work", 500, "Attempts of one person at one lab; more are refused.")
TRIES_PER_CELL = limit("tries_per_cell", 3, "Workers that may vanish with one graded run; then the attempt has failed.")
CELL_HEARD_S = limit(
    "cell_heard_s", 15, "Seconds without a sign of life after which a graded run goes to another worker."
)
EXPERIMENTS_PER_PERSON = limit("experiments_per_person", 2, "Experiments of one person that are on; more are refused.")
EXPERIMENTS_PER_DESIGN = limit(
    "experiments_per_design", 20, "Experiments of a design that are kept; the oldest make room for new ones."
)
EXPERIMENT_CELLS = limit("experiment_cells", 2000, "Runs of one experiment, points times seeds; more are refused.")
EXPERIMENT_VIRTUAL_S = limit(
    "experiment_virtual_s", 1_000_000, "Simulated seconds of one experiment over all its runs; more are refused."
)
EXPERIMENT_REQUESTS = limit(
    "experiment_requests", 500_000_000, "Requests of one experiment over all its runs; more are refused."
)
EXPERIMENT_CELL_S = limit(
    "experiment_cell_s", 300, "Seconds that one run of an experiment may take; then the experiment has failed."
)
SHARES_PER_DESIGN = limit("shares_per_design", 50, "Links of one design that are open; more are refused.")

LEARNERS_PER_SESSION = limit("learners_per_session", 200, "Learners in one class; more are refused.")
SESSIONS_PER_PERSON = limit("sessions_per_person", 50, "Classes of one person that are open; more are refused.")
CODES_PER_MINUTE = limit("codes_per_minute", 60, "Class codes a minute from one address; more are refused with 429.")
BROADCASTS_PER_SESSION = limit("broadcasts_per_session", 500, "Broadcasts of one class; more are refused.")
STEPS_PER_BROADCAST = limit("steps_per_broadcast", 20, "Steps of one broadcast script; more are refused.")
SESSION_BYTES = limit("session_bytes", 16_000, "Largest message to a class; more closes the socket with 1009.")
