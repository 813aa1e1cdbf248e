"""Taking over from a primary that is silent: detect, wait, promote the copy with the most records, tell the callers.

The steps of Patroni and of managed databases. Between promotion and the moment when callers follow, an old primary that is
not fenced goes on acknowledging writes; they are lost when it is put back in line (split brain).
"""

from __future__ import annotations

from components.program.units import seconds
from components.view import View


def fail_over(view: View, now: int, kind: str) -> None:
    """One turn of the loop of a node whose parameters have `of` and `auto_promote`."""
    of, options, memory = view.params["of"], view.params["auto_promote"], view.memory
    copies = [
        (node, replica)
        for node in view.nodes(kind)
        if view.param(node, "of") == of
        for replica in range(view.replicas(node))
    ]
    leaders = [copy for copy in copies if view.word("leading", copy[1], node=copy[0])]
    if leaders:
        if "follow_at" in memory and now >= memory["follow_at"]:
            follow(view)
        return
    mine = [replica for node, replica in copies if node == view.id and view.is_up(node, replica)]
    heard = max((view.word("log_heard", replica) for replica in mine), default=now)
    if now - heard < seconds(options["detect_s"]):
        memory.pop("silent_at", None)
        return
    if "silent_at" not in memory:
        memory["silent_at"] = now
        view.event("primary_silent", primary=of)
    if now - memory["silent_at"] < seconds(options["promote_s"]):
        return
    up = [copy for copy in copies if view.is_up(*copy)]
    best = max(up, key=lambda copy: (view.word("log_received", copy[1], node=copy[0]), -copies.index(copy)))
    applied, received = (view.word(f"log_{name}", best[1], node=best[0]) for name in ("applied", "received"))
    if best[0] == view.id and applied == received:
        promote(view, best[1], now)


def promote(view: View, replica: int, now: int) -> None:
    """This replica leads; what the old primary acknowledged and did not ship is lost."""
    of, options = view.params["of"], view.params["auto_promote"]
    fork, acked = view.word("log_received", replica), view.word("log_acked", node=of)
    lost = max(0, acked - fork)
    view.write("lost_acks", view.word("lost_acks", node=of) + lost, node=of)
    if options["fence"]:
        view.write("fenced", 1, node=of)
    for name, value in (
        ("leading", 1),
        ("log_fork", fork),
        ("log_known", fork),
        ("log_flushed", fork),
        ("lag_records", 0),
    ):
        view.write(name, value, replica)
    view.event("promoted", replica=replica, lost=lost)
    view.memory.update(leader=replica, acked=acked, follow_at=now + seconds(options["follow_s"]))
    if not options["follow_s"]:
        follow(view)


def follow(view: View) -> None:
    """The callers know the new leader; the old one is put back in line, without what it wrote meanwhile."""
    of, memory = view.params["of"], view.memory
    replica, acked = memory["leader"], view.word("log_acked", node=of)
    split = max(0, acked - memory["acked"])
    for name in ("split_writes", "lost_acks"):
        view.write(name, view.word(name, node=of) + split, node=of)
    view.write("fenced", 1, node=of)
    view.write("log_theirs", acked, replica)
    view.notify("promoted", replica)
    view.take_over(of, replica)
    view.event("callers_follow", replica=replica, split_writes=split)
    del memory["follow_at"]
