"""What is loaded, and in which order, around a fault.

A scenario has steps that have gone well before (`before`), perhaps one that was killed at a named
point (`pending`), the step that meets the fault (`step`), and the step after it (`again`). A step
is the input's name, where it comes from, and the write disposition. Further hints are given by the
steps before; they stay in the schema."""

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    name: str
    pipe: bool = False
    disposition: str = "append"
    options: tuple = ()
    hints: str = ""  # JSON; then it is loaded through the library, and never meets a fault

    def arguments(self):
        source = "-" if self.pipe else f"{self.name}.jsonl"
        return ["load", source, "--table", "orders", "--write-disposition", self.disposition,
                "--workers", "2", "--progress", "json", *self.options]


@dataclass(frozen=True)
class Scenario:
    name: str
    step: Step
    again: Step
    before: tuple = (Step("first"),)
    pending: Step = None
    pending_at: str = ""
    slow: bool = field(default=False)  # only a part of its faults is swept

    def steps(self):
        return [*self.before, *([self.pending] if self.pending else []), self.step, self.again]


def lines(*items):
    return "".join(json.dumps(item) + "\n" for item in items).encode()


def order(key, n, **more):
    return {"key": key, "n": n, "buyer": {"name": f"buyer of {key}", "city": None},
            "items": [{"sku": f"{key}-{i}", "qty": i} for i in range(3)], **more}


def many(name, count, size):
    """Enough bytes that builders are emptied several times while the input is read."""
    return lines(*(order(f"{name}{i}", i, text=str(i) * (size // len(str(i))))
                   for i in range(count)))


INPUTS = {
    "first": lines(order("f1", 1), order("f2", 2)),
    # New columns, a value that does not fit its column, a new child table, lists of lists.
    "second": lines(order("s1", 3, at="2024-01-02T03:04:05Z", rate=1.5),
                    order("s2", "four", tags=["a", "b"], grid=[[1, 2], [3]]),
                    order("s3", 5, buyer={"name": "z", "address": {"zip": "00100"}})),
    "third": lines(order("t1", 6, note="later"), order("t2", 7, tags=[1])),
    "fourth": lines(order("u1", 8), order("u2", 9, last=True)),
    "many": many("m", 700, 9000),
}

# Changed and new rows, a row twice, rows that are gone; child rows come, go and change.
INPUTS["keyed"] = lines(*(order(k, i, gone=False, tags=[k, i]) for i, k in enumerate("abcdef")))
INPUTS["changed"] = lines(order("a", 7), order("b", 8, tags=[]), order("b", 9, tags=["again"]),
                          order("c", 2, gone=True), order("g", 10, tags=[{"x": [1, 2]}]))
INPUTS["snapshot"] = lines(*(order(k, i, gone=False, tags=[k, i])
                             for i, k in enumerate("abxdef") if k != "e"))

SMALL_MEMORY = ("--mem", "32M")
FIRST, SECOND = Step("first"), Step("second")


def piped(name, **more):
    return Step(name, pipe=True, **more)


KEYED = {"primary_key": "key",
         "columns": {"gone": {"name": "gone", "data_type": "bool", "hard_delete": True}}}
STRATEGIES = {
    "replace_insert_from_staging": {
        "write_disposition": "replace",
        "additional_table_hints": {"x-replace-strategy": "insert-from-staging"}},
    "replace_staging_optimized": {
        "write_disposition": "replace",
        "additional_table_hints": {"x-replace-strategy": "staging-optimized"}},
    "merge_delete_insert": {**KEYED, "write_disposition": "merge"},
    "merge_upsert": {
        **KEYED, "write_disposition": {"disposition": "merge", "strategy": "upsert"}},
    "merge_insert_only": {
        **KEYED, "write_disposition": {"disposition": "merge", "strategy": "insert-only"}},
    "merge_scd2": {"write_disposition": {"disposition": "merge", "strategy": "scd2"}},
}


def strategy(name, hints):
    """The strategy on filled tables; what was added before anyone merged gets its root ids."""
    disposition = name.split("_")[0]
    change = Step("snapshot" if name == "merge_scd2" else "changed", disposition=disposition)
    before = (Step("keyed", hints=json.dumps(hints)),)
    if name == "merge_delete_insert":
        before = (Step("keyed"), Step("keyed", hints=json.dumps(hints)))
    return Scenario(name, change, change, before=before)


SCENARIOS = {s.name: s for s in (
    Scenario("new", FIRST, FIRST, before=()),
    Scenario("append", SECOND, SECOND),
    Scenario("replace", Step("second", disposition="replace"), Step("second", disposition="replace")),
    Scenario("pipe", piped("second"), piped("third")),
    Scenario("pipe_replace", piped("second", disposition="replace"), piped("third")),
    # The run that settles what an earlier one left meets a fault of its own.
    Scenario("settle_file", SECOND, SECOND, pending=SECOND, pending_at="package.sealed"),
    Scenario("settle_pipe", piped("third"), piped("fourth"), pending=piped("second"),
             pending_at="package.sealed"),
    Scenario("settle_committed", piped("third"), piped("fourth"), pending=piped("second"),
             pending_at="load.after_commit"),
    Scenario("batches", Step("many", options=SMALL_MEMORY), Step("many", options=SMALL_MEMORY),
             slow=True),
    Scenario("pipe_batches", piped("many", options=SMALL_MEMORY), piped("third"), slow=True),
)}
SCENARIOS.update((name, strategy(name, hints)) for name, hints in STRATEGIES.items())
