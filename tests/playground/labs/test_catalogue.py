from __future__ import annotations

import pytest
from django.test import Client

from components.lab import Lab
from playground.labs.catalogue import labs, module_of, modules
from playground.labs.look.report import key_of


@pytest.mark.parametrize("lab", labs().values(), ids=labs())
def test_every_lab_has_its_place_on_the_way(lab: Lab) -> None:
    module, place, of = module_of(lab)
    assert module.exercises[place - 1].lab is lab and of == len(module.exercises)
    assert lab.number.startswith("T") or lab.module == module.slug


def test_the_way_names_every_exercise_once() -> None:
    numbers = [exercise.number for module in modules() for exercise in module.exercises]
    assert len(numbers) == len(set(numbers)) == 3 + 4 + 5 + 5 + 4 + 8 + 12
    assert [module.slug for module in modules()] == ["m1", "m2", "m3", "m4", "m5", "m6", "designs"]


@pytest.mark.parametrize("lab", labs().values(), ids=labs())
def test_every_lab_opens_for_somebody_new(lab: Lab, transactional_db: None) -> None:
    page = Client().get(f"/learn/labs/{lab.slug}")
    assert page.status_code == 200 and lab.brief[0][:30] in page.content.decode()


def test_what_is_coming_is_no_link(transactional_db: None) -> None:
    page = Client().get("/learn/").content.decode()
    ready = sum(len(module.ready) for module in modules())
    assert page.count('class="step-name" href=') == ready == len(labs())
    assert page.count("coming</span>") == sum(len(module.exercises) for module in modules()) - ready


@pytest.mark.parametrize(
    ("measure", "key"),
    [
        ("client.latency_ms.p99", "p99_ms"), ("clients.readers.latency_ms.p99", "p99_ms"),
        ("recovery_s", "recovery_s"), ("client.failed_share", "failed_share"),
    ],
)  # fmt: skip
def test_measures_are_compared_with_their_key_of_the_reference(measure: str, key: str) -> None:
    assert key_of(measure) == key
