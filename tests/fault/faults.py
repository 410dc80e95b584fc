"""What can be done to a run: the plans of shim.c and the variables of src/base."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    variable: str  # HR_SHIM, HR_KILL_AT, HR_FAIL_ALLOC
    value: str

    def environment(self):
        return {self.variable: self.value}

    def file_name(self):
        return re.sub(r"[^\w.+]", "_", self.value)

    def forbids_removal(self):
        return re.fullmatch(r"unlink:\d+\+?:eio", self.value) is not None

    def __str__(self):
        return f"{self.variable}={self.value}"


@dataclass(frozen=True)
class Nothing:
    """Only counts the calls."""

    variable: str
    path: Path

    def environment(self):
        return {self.variable: str(self.path)}

    def file_name(self):
        return "count"

    def __str__(self):
        return "nothing"


# Which actions mean something for a call that changes something, and for one that does not.
KILLS = {"write": ["kill"], "sync": ["kill"], "rename": ["kill", "killafter"], "open": ["kill"],
         "unlink": ["kill"], "truncate": ["kill"], "mkdir": ["kill"], "lock": ["killafter"],
         "read": ["kill"]}
FAILURES = {"write": ["eio", "enospc", "short", "eintr"], "sync": ["eio"],
            "rename": ["eio", "enospc"], "open": ["eio", "enospc"], "unlink": ["eio"],
            "truncate": ["eio"], "mkdir": ["enospc"], "lock": ["eio"],
            "read": ["eio", "short", "eintr"], "stdout": ["enospc"]}
LASTING = {"write": ["enospc", "eio"], "open": ["enospc"], "rename": ["eio"], "sync": ["eio"]}


def at_each_call(counts, actions, mark=""):
    return [Fault("HR_SHIM", f"{c}:{n}{mark}:{action}")
            for c, names in actions.items() for n in range(1, counts.get(c, 0) + 1)
            for action in names]


def kills(counts):
    return at_each_call(counts, KILLS)


def failures(counts):
    return at_each_call(counts, FAILURES) + at_each_call(counts, LASTING, "+")
