#!/usr/bin/env python3
"""Writes pages of GitHub-like events: github_events.py FOLDER [PAGES] [EVENTS_A_PAGE].

The events are invented, but shaped like those of api.github.com/repos/OWNER/REPO/events: nested
objects, lists in objects, nulls, and a payload whose members depend on the type. The same
arguments give the same bytes. Pages differ as those of a real feed that is read over months:

  page 1   NDJSON
  page 2   one JSON array, as the API answers; releases and their assets appear
  page 3   NDJSON, gzip; actors get a second login, and pull request numbers become text
  page 4.. as page 1, 2 and 3 in turn, with all of that
"""

import gzip
import json
import pathlib
import random
import sys

PEOPLE = ["ada", "brian", "chandra", "dmitri", "elif", "fatou", "grace", "hiro", "ines", "jan"]
REPOS = [("mill/wheel", 1001), ("mill/race", 1002), ("mill/sluice", 1003)]
TOPICS = ["water", "duckdb", "etl", "json", "c"]
VERBS = ["Fix", "Add", "Document", "Simplify", "Test", "Rename"]
THINGS = ["the weir", "two gates", "the sluice", "page counting", "a leak", "grüne Boote 🚣"]
TYPES = ["PushEvent", "PullRequestEvent", "IssuesEvent", "WatchEvent", "IssueCommentEvent",
         "PushEvent", "ForkEvent", "PullRequestEvent"]


def sha(rng):
    return f"{rng.getrandbits(160):040x}"


def user(rng, page):
    login = rng.choice(PEOPLE)
    actor = {"id": 5000 + PEOPLE.index(login), "login": login, "gravatar_id": "",
             "url": f"https://api.github.com/users/{login}"}
    if page >= 3:
        actor["display_login"] = login.capitalize()
    return actor


def sentence(rng):
    return f"{rng.choice(VERBS)} {rng.choice(THINGS)}"


def push(rng, page):
    commits = [{"sha": sha(rng), "author": {"name": name, "email": f"{name}@example.com"},
                "message": sentence(rng), "distinct": rng.random() < 0.9}
               for name in rng.choices(PEOPLE, k=rng.randint(1, 4))]
    return {"push_id": rng.randrange(10**9), "ref": "refs/heads/main", "head": commits[-1]["sha"],
            "size": len(commits), "commits": commits}


def pull_request(rng, page):
    number = rng.randrange(1, 900)
    merged = rng.random() < 0.5
    return {"action": rng.choice(["opened", "closed"]),
            "number": number if page < 3 else f"PR-{number}",
            "pull_request": {
                "id": rng.randrange(10**8), "title": sentence(rng), "draft": rng.random() < 0.2,
                "user": {"login": rng.choice(PEOPLE)},
                "labels": [{"name": name, "color": f"{rng.getrandbits(24):06x}"}
                           for name in rng.sample(["bug", "docs", "speed", "api"], rng.randint(0, 2))],
                "merged_at": f"2026-01-{1 + rng.randrange(28):02d}T12:00:00Z" if merged else None,
                "additions": rng.randrange(500), "deletions": rng.randrange(200)}}


def issue(rng, page):
    return {"action": rng.choice(["opened", "closed", "labeled"]),
            "issue": {"number": rng.randrange(1, 900), "title": sentence(rng),
                      "assignee": None if rng.random() < 0.5 else {"login": rng.choice(PEOPLE)},
                      "comments": rng.randrange(20),
                      "reactions": {"total_count": rng.randrange(9), "+1": rng.randrange(5)}}}


def comment(rng, page):
    return {"action": "created", "issue": {"number": rng.randrange(1, 900)},
            "comment": {"id": rng.randrange(10**9), "body": f"“{sentence(rng)}”?\nYes."}}


def fork(rng, page):
    name = rng.choice(PEOPLE)
    return {"forkee": {"id": rng.randrange(10**8), "full_name": f"{name}/race", "private": False,
                       "topics": rng.sample(TOPICS, rng.randint(0, 3)), "license": None}}


def release(rng, page):
    version = f"v{rng.randrange(3)}.{rng.randrange(10)}.0"
    return {"action": "published",
            "release": {"tag_name": version, "prerelease": rng.random() < 0.3,
                        "assets": [{"name": f"race-{version}.{kind}", "size": rng.randrange(10**6)}
                                   for kind in ("tar.gz", "zip")]}}


PAYLOADS = {"PushEvent": push, "PullRequestEvent": pull_request, "IssuesEvent": issue,
            "IssueCommentEvent": comment, "ForkEvent": fork, "ReleaseEvent": release,
            "WatchEvent": lambda rng, page: {"action": "started"}}


def event(rng, page, n):
    kind = "ReleaseEvent" if page >= 2 and n % 25 == 0 else rng.choice(TYPES)
    name, repo = rng.choice(REPOS)
    return {"id": str(40_000_000_000 + n), "type": kind, "actor": user(rng, page),
            "repo": {"id": repo, "name": name, "url": f"https://api.github.com/repos/{name}"},
            "payload": PAYLOADS[kind](rng, page), "public": True,
            "created_at": f"2026-01-{1 + n // 1440 % 28:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z"}


def write_page(folder, page, events):
    if page % 3 == 2:
        (folder / f"page-{page:02d}.json").write_text(json.dumps(events, indent=1) + "\n", "utf-8")
        return
    text = "".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) + "\n" for e in events)
    if page % 3 == 1:
        (folder / f"page-{page:02d}.jsonl").write_text(text, "utf-8")
    else:
        packed = gzip.compress(text.encode(), mtime=0)
        (folder / f"page-{page:02d}.jsonl.gz").write_bytes(packed)


def main():
    folder = pathlib.Path(sys.argv[1])
    pages = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    size = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    rng = random.Random(1)
    folder.mkdir(parents=True, exist_ok=True)
    for page in range(1, pages + 1):
        write_page(folder, page, [event(rng, page, (page - 1) * size + i) for i in range(size)])


main()
