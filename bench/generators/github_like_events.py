"""GitHub-like events as NDJSON: github_like_events.py OUT [MEGABYTES=400]. Deterministic."""
import json, random, sys
out, mb = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 400
random.seed(1); tot = n = 0
with open(out, 'w') as f:
    while tot < mb * 1e6:
        i = 5_000_000_000 + n; u = random.randrange(10**8); login = 'user%d' % u; k = n % 5
        e = {"id": str(i), "type": ["WatchEvent","ForkEvent","PushEvent","PullRequestEvent","IssuesEvent"][k],
         "actor": {"id": u, "login": login, "display_login": login, "gravatar_id": "", "url": "https://api.github.com/users/" + login, "avatar_url": "https://avatars.githubusercontent.com/u/%d?" % u},
         "repo": {"id": 419661684, "name": "DataTalksClub/data-engineering-zoomcamp", "url": "https://api.github.com/repos/DataTalksClub/data-engineering-zoomcamp"},
         "payload": {"action": "started"}, "public": True, "created_at": "2026-01-%02dT%02d:%02d:%02dZ" % (1+n%28, n%24, n%60, (n*7)%60),
         "org": {"id": 72699292, "login": "DataTalksClub", "gravatar_id": "", "url": "https://api.github.com/orgs/DataTalksClub", "avatar_url": "https://avatars.githubusercontent.com/u/72699292?"}}
        if k == 2: e["payload"] = {"push_id": n, "size": 3, "distinct_size": 3, "ref": "refs/heads/main", "head": "%040x" % n, "before": "%040x" % (n+1), "commits": [{"sha": "%040x" % (n*3+j), "author": {"email": login + "@x.com", "name": login}, "message": "commit %d of a change" % j, "distinct": True, "url": "https://api.github.com/repos/x/y/commits/%040x" % (n*3+j)} for j in range(3)]}
        if k == 3: e["payload"] = {"action": "opened", "number": n, "pull_request": {"id": n, "title": "A title %d" % n, "state": "open", "merged": False, "additions": n % 100, "deletions": n % 37, "score": n/7, "topics": ["data-engineering","dbt","docker","kafka"], "head": {"ref": "b%d" % n, "sha": "%040x" % n}}}
        s = json.dumps(e, separators=(',', ':')); tot += len(s) + 1; n += 1; f.write(s + '\n')
print(n, tot)
