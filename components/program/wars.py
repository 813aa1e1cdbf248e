"""Message delays of replicated stores: W to a replica, A back from it, R and S the same for a read.

The published fits are those of Bailis et al., PVLDB 5 (2012), table 3, in ms: a share of Pareto draws, the rest exponential.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.program.assembler import SELF, Assembler, Index, Law, Value
from components.program.op import Op
from components.program.units import ms, probability

LEGS = ("w", "a", "r", "s")
WAN_MS = 75.0  # one way, to a replica in another data centre


@dataclass(frozen=True)
class Mixture:
    """`share` of the draws from Pareto(scale ms, shape), the others from Exp(mean ms)."""

    share: float
    scale: float
    shape: float
    mean: float


SSD = Mixture(0.9122, 0.235, 10, 1 / 1.66)
DISK_WRITE = Mixture(0.38, 1.05, 1.51, 1 / 0.183)
YMMR_WRITE = Mixture(0.939, 3, 3.35, 1 / 0.0028)
YMMR_REST = Mixture(0.982, 1.5, 3.8, 1 / 0.0217)
FITS: Mapping[str, Mapping[str, Mixture]] = {
    "none": {},
    "lnkd_ssd": dict.fromkeys(LEGS, SSD),
    "lnkd_disk": dict.fromkeys(LEGS, SSD) | {"w": DISK_WRITE},
    "ymmr": dict.fromkeys(LEGS, YMMR_REST) | {"w": YMMR_WRITE},
    "wan": dict.fromkeys(LEGS, SSD) | {"w": DISK_WRITE},
}
"""wan: the fit of lnkd_disk, and WAN_MS on top on the way to and from another replica."""


def fixed_law(name: str, kind: str, a: float, b: float = 0.0) -> Law:
    return Law(name, lambda params: (kind, a, b, 0.0), ())


class Legs:
    """The delays of one node's messages; `latency` = its group of parameters. `sender` holds the coordinator's SELF."""

    def __init__(self, asm: Assembler, latency: Mapping[str, Any], sender: Value) -> None:
        self.asm, self.sender = asm, sender
        self.means = {leg: latency[f"{leg}_ms"] for leg in LEGS}
        self.fits = FITS[latency["preset"]]
        self.far = latency["preset"] == "wan"

    def travel(self, leg: str) -> None:
        """Spend the time of that leg."""
        asm, mean = self.asm, self.means[leg]
        if mean is None and leg not in self.fits:
            return
        with asm.local() as delay:
            if mean is not None:
                asm.emit(Op.SAMP, delay, asm.law(fixed_law(f"leg_{leg}", "EXP", mean * 1e6)))
            else:
                self.mixed(delay, leg, self.fits[leg])
                if self.far:
                    with asm.when(self.sender, "!=", SELF):
                        asm.add(delay, delay, ms(WAN_MS))
            asm.emit(Op.SLEEP, delay)

    def mixed(self, delay: Value, leg: str, fit: Mixture) -> None:
        asm, tail, over = self.asm, self.asm.label(), self.asm.label()
        body, rest = self.laws(leg, fit)
        asm.emit(Op.BRP, tail, probability(1 - fit.share), asm.stream(f"mix_{leg}"))
        asm.emit(Op.SAMP, delay, body)
        asm.jump(over)
        asm.place(tail)
        asm.emit(Op.SAMP, delay, rest)
        asm.place(over)

    def laws(self, leg: str, fit: Mixture) -> tuple[Index, Index]:
        body = fixed_law(f"leg_{leg}", "PARETO", fit.scale * 1e6, fit.shape)
        return self.asm.law(body), self.asm.law(fixed_law(f"tail_{leg}", "EXP", fit.mean * 1e6))
