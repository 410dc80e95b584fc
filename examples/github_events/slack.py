#!/usr/bin/env python3
"""What a test server was told as Slack is: slack.py ORIGIN prints the first lines of each message."""

import json
import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1] + "/-/requests") as answer:
    for request in json.load(answer):
        lines = json.loads(request["body"])["text"].splitlines()
        print("\n".join(lines[:4] + ["..."] * (len(lines) > 4)))
