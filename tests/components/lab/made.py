"""A small lab in a folder, to be broken in tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TOML = """
title = "Small"
module = "m1"
minutes = 5
topics = ["caching"]
fails = "fast"
brief = ["Do it."]
debrief = ["Done."]

[rules]
locked = ["users"]
kinds = ["cache"]

[prediction]
question = "Who?"
choices = ["users", "web"]
answer = "web"

[[goals]]
id = "fast"
title = "Fast"
measure = "client.latency_ms.p99"
at_most = 50
unit = "ms"

[[goals]]
id = "cost"
title = "Cheap"
measure = "cost.per_month"
at_most = 300
unit = "$"

[[goals]]
id = "back"
title = "Back in 30 s"
measure = "recovery_s"
at_most = 30
unit = "s"
scenarios = ["two"]
window = { after = "kill" }

[[hints]]
text = "Think."
cost = 5

[[scenarios]]
id = "one"
title = "One"
warmup_s = 10
duration_s = 50

[[scenarios]]
id = "two"
title = "Two"
hidden = true
warmup_s = 10
duration_s = 90
script = [{ id = "kill", at_s = 40, jitter = 0.2, command = "inject", fault = "crash", kind = "service", pick = "all", for_s = 5 }]

[[antis]]
id = "none"
title = "None"
misses = "fast"
why = "So."
"""


def document(replicas: int = 1, *services: str) -> dict[str, Any]:
    nodes = [{"id": "users", "kind": "client"}, {"id": "web", "kind": "service", "params": {"replicas": replicas}}]
    nodes += [{"id": id, "kind": "service"} for id in services]
    links = [{"id": f"l-{node['id']}", "source": "users", "target": node["id"]} for node in nodes[1:]]
    return {"format": 1, "name": "x", "nodes": nodes, "links": links}


def folder(path: Path, toml: str = TOML, **documents: Any) -> Path:
    made = path / "small"
    (made / "anti").mkdir(parents=True)
    (made / "lab.toml").write_text(toml)
    for name, content in ({"start": document(), "solution": document(2), "anti/none": document()} | documents).items():
        (made / f"{name}.json").write_text(json.dumps(content))
    return made
