"""Clients: where requests come from and where their story ends."""

from __future__ import annotations

from components.base import Choice, Component, Id, Integer, Number, Points, Rows
from components.program import (
    KEY,
    LAST_CLASS,
    START,
    USER,
    WRITE,
    Assembler,
    Knob,
    Op,
    Shared,
    Way,
    begin_request,
    call,
    classed,
    count_late_as_failed,
    gap_law,
    probability,
    think_law,
)


class Client(Component):
    """Sends requests over its links and waits for the answers.

    Keys follow a Zipf law over `keys_n` keys (YCSB's default exponent 0.99; Cooper et al. 2010).
    """

    kind, label, icon = "client", "Clients", "users"
    faults = ("spike", "hot_key")
    sends, receives = (1, None), False
    facts = ("rate_rps", "read_share")
    knobs = ("rate_rps", "read_share", "keys_n", "zipf_alpha")

    rate_rps = Number(
        default=100.0, maximum=1e6, unit="rps", log=True, label="Rate", help="Requests per second; open arrivals only."
    )
    arrival = Choice(
        default="poisson", choices=("poisson", "constant", "closed"),
        help="Random gaps, equal gaps, or users who wait for each answer.",
    )  # fmt: skip
    users = Integer(
        default=50,
        minimum=1,
        maximum=100_000,
        log=True,
        live=False,
        help="People who send one request at a time; closed only.",
    )
    think_s = Number(
        default=1.0, maximum=3600, unit="s", log=True, help="Mean pause of a user between requests; closed only."
    )
    pattern = Points(default=[], help="Factor on the rate over time; linear between the points.")
    keys_n = Integer(
        default=100_000,
        minimum=1,
        maximum=5_000_000,
        log=True,
        live=False,
        label="Keys",
        help="Different keys that are asked for.",
    )
    zipf_alpha = Number(
        default=0.99, maximum=1.5, live=False, label="Zipf alpha", help="How uneven the keys are; 0 = all alike."
    )
    region = Id(default="default", help="Where they are; a CDN answers from the place near them.")
    read_share = Number(default=0.9, maximum=1, help="Share of requests that only read.")
    object_kb = Number(
        default=1.0, maximum=1_000_000, unit="kb", log=True, label="Object size", help="Mean size of what a request is about."
    )  # fmt: skip
    object_cv = Number(
        default=0.0, maximum=10, help="Standard deviation over mean of the size (lognormal); 0 = all alike."
    )
    tenants_n = Integer(
        default=10_000,
        minimum=1,
        maximum=10_000_000,
        log=True,
        live=False,
        label="Users or tenants",
        help="Different senders; ip_hash sees them.",
    )

    classes = Rows(
        help="Sorts of requests, drawn by weight. Priority 0 is served first where a queue looks at it; an answer after its "
        "deadline counts as failed.",
        required=("name",),
        unique="name",
        most=8,
        fields={
            "name": Id(help="What the summary calls it."),
            "weight": Number(
                default=1.0, minimum=0.001, maximum=1000, help="Share of the requests, against the other classes."
            ),
            "priority": Integer(default=0, maximum=LAST_CLASS, help="0 is served first, 3 last."),
            "deadline_ms": Number(
                default=None,
                nullable=True,
                minimum=0.001,
                maximum=3_600_000,
                unit="ms",
                log=True,
                help="After so long the answer is worth nothing; null = it always is.",
            ),
        },
    )

    def program(self, asm: Assembler) -> None:
        totals = asm.totals("totals")
        ways = [Way(asm, link) for link in asm.links]
        if asm.params["arrival"] == "closed":
            self.users_program(asm, totals, ways)
        else:
            self.open_program(asm, totals, ways)

    def open_program(self, asm: Assembler, totals: Shared, ways: list[Way]) -> None:
        gap = asm.law(gap_law("gap", "rate_rps", "const" if asm.params["arrival"] == "constant" else "exp"))
        asm.knobs.append(Knob("rate_rps", "rate", "gap"))
        request = asm.label()
        with asm.daemon():
            asm.emit(Op.SOURCE, request, gap)
        asm.place(request)
        self.request(asm, totals, ways)
        asm.emit(Op.END)

    def users_program(self, asm: Assembler, totals: Shared, ways: list[Way]) -> None:
        think = asm.law(think_law("think", "think_s"))
        with asm.daemon(asm.params["users"]), asm.forever():
            with asm.local() as pause:
                asm.emit(Op.SAMP, pause, think)
                asm.emit(Op.SLEEP, pause)
            asm.now(START)
            self.request(asm, totals, ways)

    def request(self, asm: Assembler, totals: Shared, ways: list[Way]) -> None:
        asm.emit(Op.BEGIN, totals)
        told = asm.label()

        def hot() -> None:
            """A fault: this request asks for the key that is the least likely else."""
            asm.move(KEY, asm.params["keys_n"] - 1)
            asm.jump(told)

        if asm.around.keyed:
            asm.emit(Op.KEY, KEY, asm.zipf(), asm.params["keys_n"], asm.stream("key"))
            asm.emit(Op.BRP, asm.later(hot), asm.total("hot_key"), asm.stream("hot"))
            asm.place(told)
            asm.emit(Op.RAND, USER, asm.params["tenants_n"], asm.stream("user"))
        begin_request(asm)
        asm.move(WRITE, 1)
        asm.emit(Op.BRP, reads := asm.label(), asm.live("read_share", probability), asm.stream("read"))
        asm.jump(go := asm.label())
        asm.place(reads)
        asm.move(WRITE, 0)
        asm.place(go)
        with classed(asm):
            for way in ways:
                if way.shadow:
                    call(asm, way)
            self.by_weight(asm, [way for way in ways if not way.shadow])
            count_late_as_failed(asm)
            asm.emit(Op.COUNT, totals)

    def by_weight(self, asm: Assembler, ways: list[Way]) -> None:
        """One of the links, by weight."""
        if not ways:
            return
        done, left = asm.label(), sum(way.link.params["weight"] for way in ways)
        for way in ways[:-1]:
            here, following = asm.label(), asm.label()
            weight = way.link.params["weight"]
            asm.emit(Op.BRP, here, probability(weight / left if left else 0), asm.stream("link"))
            asm.jump(following)
            asm.place(here)
            call(asm, way)
            asm.jump(done)
            asm.place(following)
            left -= weight
        call(asm, ways[-1])
        asm.place(done)
