from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import SyncToAsync
from django.db import close_old_connections, connection, connections

from playground.accounts.models import Person
from playground.designs.models import Design, Edit
from playground.designs.services import edit_apply


def test_both_databases_are_what_they_say(request: pytest.FixtureRequest, transactional_db: None) -> None:
    leg = request.node.callspec.params["django_db_setup"]
    assert connection.vendor == leg
    assert SyncToAsync.single_thread_executor.submit(lambda: connections["default"].vendor).result() == leg
    if leg == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_edits_from_eight_threads_get_one_number_each(design: Design, owner: Person) -> None:
    def many(worker: int) -> None:
        for number in range(10):
            name = f"{worker}-{number}"
            edit = {"op": "rename", "id": "a", "name": name}
            accepted, problems = edit_apply(design_id=design.pk, person=owner, edit=edit, ref=name)
            assert accepted is not None, problems
        close_old_connections()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(many, range(8)))
        list(pool.map(lambda _: connections.close_all(), range(8)))
    design.refresh_from_db()
    log = list(Edit.objects.filter(design=design).order_by("revision"))
    assert [entry.revision for entry in log] == list(range(1, 81))
    assert len({entry.ref for entry in log}) == 80
    assert design.revision == 80
    assert design.document["nodes"][1]["name"] == log[-1].edit["name"]
