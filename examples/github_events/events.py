#!/usr/bin/env python3
"""GitHub-like events, invented: events.py [COUNT] prints that many (300), one a line, newest first.

They are shaped like those of api.github.com/repos/OWNER/REPO/events: nested objects, lists in
objects, nulls, and a payload whose members depend on the type. The same count gives the same
bytes. It is what the replay API of the tests serves where there is no network.
"""

import json
import random
import sys

PEOPLE = ["ada", "brian", "chandra", "dmitri", "elif", "fatou", "grace", "hiro", "ines", "jan"]
TOPICS = ["water", "duckdb", "etl", "json", "c"]
VERBS = ["Fix", "Add", "Document", "Simplify", "Test", "Rename"]
THINGS = ["the weir", "two gates", "the sluice", "page counting", "a leak", "grüne Boote 🚣"]
TYPES = ["PushEvent", "PullRequestEvent", "IssuesEvent", "WatchEvent", "IssueCommentEvent",
         "PushEvent", "ForkEvent", "PullRequestEvent"]


def sha(rng):
    return f"{rng.getrandbits(160):040x}"


def user(rng):
    login = rng.choice(PEOPLE)
    return {"id": 5000 + PEOPLE.index(login), "login": login, "display_login": login,
            "gravatar_id": "", "url": f"https://api.github.com/users/{login}"}


def sentence(rng):
    return f"{rng.choice(VERBS)} {rng.choice(THINGS)}"


def push(rng):
    commits = [{"sha": sha(rng), "author": {"name": name, "email": f"{name}@example.com"},
                "message": sentence(rng), "distinct": rng.random() < 0.9}
               for name in rng.choices(PEOPLE, k=rng.randint(1, 4))]
    return {"push_id": rng.randrange(10**9), "ref": "refs/heads/main", "head": commits[-1]["sha"],
            "size": len(commits), "commits": commits}


def pull_request(rng):
    number = rng.randrange(1, 900)
    merged = rng.random() < 0.5
    return {"action": rng.choice(["opened", "closed"]), "number": number,
            "pull_request": {
                "id": rng.randrange(10**8), "title": sentence(rng), "draft": rng.random() < 0.2,
                "user": {"login": rng.choice(PEOPLE)},
                "labels": [{"name": name, "color": f"{rng.getrandbits(24):06x}"}
                           for name in rng.sample(["bug", "docs", "speed", "api"], rng.randint(0, 2))],
                "merged_at": f"2026-01-{1 + rng.randrange(28):02d}T12:00:00Z" if merged else None,
                "additions": rng.randrange(500), "deletions": rng.randrange(200)}}


def issue(rng):
    return {"action": rng.choice(["opened", "closed", "labeled"]),
            "issue": {"number": rng.randrange(1, 900), "title": sentence(rng),
                      "assignee": None if rng.random() < 0.5 else {"login": rng.choice(PEOPLE)},
                      "comments": rng.randrange(20),
                      "reactions": {"total_count": rng.randrange(9), "+1": rng.randrange(5)}}}


def comment(rng):
    return {"action": "created", "issue": {"number": rng.randrange(1, 900)},
            "comment": {"id": rng.randrange(10**9), "body": f"“{sentence(rng)}”?\nYes."}}


def fork(rng):
    name = rng.choice(PEOPLE)
    return {"forkee": {"id": rng.randrange(10**8), "full_name": f"{name}/race", "private": False,
                       "language": None, "topics": rng.sample(TOPICS, rng.randint(0, 3)),
                       "license": None}}


def release(rng):
    version = f"v{rng.randrange(3)}.{rng.randrange(10)}.0"
    return {"action": "published",
            "release": {"tag_name": version, "prerelease": rng.random() < 0.3,
                        "assets": [{"name": f"race-{version}.{kind}", "size": rng.randrange(10**6)}
                                   for kind in ("tar.gz", "zip")]}}


PAYLOADS = {"PushEvent": push, "PullRequestEvent": pull_request, "IssuesEvent": issue,
            "IssueCommentEvent": comment, "ForkEvent": fork, "ReleaseEvent": release,
            "WatchEvent": lambda rng: {"action": "started"}}


def event(rng, n):
    kind = "ReleaseEvent" if n % 25 == 0 else rng.choice(TYPES)
    return {"id": str(40_000_000_000 + n), "type": kind, "actor": user(rng),
            "repo": {"id": 419661684, "name": "DataTalksClub/data-engineering-zoomcamp",
                     "url": "https://api.github.com/repos/DataTalksClub/data-engineering-zoomcamp"},
            "payload": PAYLOADS[kind](rng), "public": True,
            "created_at": f"2026-01-{1 + n // 24 % 28:02d}T{n % 24:02d}:{n * 7 % 60:02d}:00Z"}


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    rng = random.Random(1)
    for event_ in reversed([event(rng, n) for n in range(count)]):
        print(json.dumps(event_, ensure_ascii=False, separators=(",", ":")))


main()
