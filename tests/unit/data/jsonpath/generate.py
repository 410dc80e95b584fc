#!/usr/bin/env python3
"""Writes cases.json next to this file: what dlt's JSONPath finds. Needs dlt 1.31.0."""

import json
import pathlib
import warnings

from dlt.common.jsonpath import compile_path, extract_simple_field_name, find_values

warnings.simplefilter("ignore")

DOC = {
    "a": {"b": {"c": [1, 2, {"c": 3}]}, "b c": 4, "d.e": 5, "my-key": 6, "null": 7, "true": 8},
    "@odata.nextLink": "https://h/2",
    "list": [
        {"id": 1, "s": "x", "n": 1.5, "t": True, "sub": {"id": 9}},
        {"id": 2, "s": "y", "n": None, "t": False},
        {"id": 3, "s": "x", "n": 2, "u": [1, 2]},
        {"id": 4, "s": "", "n": "2"},
    ],
    "nums": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    "empty": [],
    "none": None,
    "zero": 0,
    "0": "digit",
    "x y": {"it's": "quote", 'say "hi"': "double", "ünï": "code"},
    "where": "w",
    "limit": 2,
    "deep": [[[{"id": 5}]], {"id": [6, 7]}],
}

PATHS = """
a
$
@
`this`
*
$.*
a.b
$.a.b.c
a.b.c[0]
a.b.c.[0]
a.b.c[-1]
a.b.c[-1].c
a.b.c[3]
a.b.c[0,2]
a.b.c[0].x
a.'b c'
a."b c"
$['a']['b c']
$["a"].b
a['d.e']
a.my-key
a.null
a.true
['@odata.nextLink']
'@odata.nextLink'
@odata
@.a.b
list
list[*]
list[*].id
list.*.id
list[*].sub.id
list.id
list[*].*
list[0:2].id
list[1:]
list[:1].s
list[-2:].id
list[:-1].id
nums[::2]
nums[::-1]
nums[8:2:-3]
nums[1:100]
nums[-100:2]
nums[5:1]
nums[:]
nums[::0]
a[:]
a[0]
a[*]
a..c
..id
$..id
a..b.c
a..b..c
deep..id
deep..[0]
deep..id[0]
$..*
list..id
a,limit
$['a','limit']
['limit','zero','missing']
limit|zero
a.b|none
(a.b).c
list where id
list[*] where sub
list[*] wherenot sub
list[*].(id|s)
empty
empty[*]
empty[0]
none
none.x
zero
0
'0'
missing
missing.x
list.0
'x y'.'it\\'s'
"x y"."say \\"hi\\""
"x y".'ünï'
'where'
'*'
list[?(@.id > 2)].id
list[?(@.id>=2 && @.s == 'x')].id
list[?(@.id == 1 || @.id == 3)].id
list[?@.sub].id
list[?(!@.sub)].id
list[?(@.n == null)].id
list[?(@.n != null)].id
list[?(@.n == 2)].id
list[?(@.n == 2.0)].id
list[?(@.n < 2)].id
list[?(@.n <= 2)].id
list[?(@.s < 'y')].id
list[?(@.s = x)].id
list[?(@.t == true)].id
list[?(@.t != true)].id
list[?(@.id == $.limit)].id
list[?(@.id == @.sub.id)].id
list[?(@.missing == @.absent)].id
list[?(@.missing != 1)].id
list[?(@.missing == 1)].id
list[?((@.id > 1) && (@.id < 4))].id
list[?(@.id > 1 && (@.s == 'x' || @.n == '2'))].id
list[?(@.u[0] == 1)].id
list[?(@.s == "x")][0].id
list[?(@['s'] == 'y')].id
list[?(id > 3)].id
a[?(@ == 4)]
list[?(@.sub.id > 3)]
list[?(@.u == $.u)].id
list[?(@.n < null)].id
list[?(@.n <= null)].id
..[?(@.id == 9)]
..[?@.id]
list[?(@.id == -1)].id
list[?(@..id == 9)].id
$.list[?(@.id>1)].n
a.b.
a..
.a
a[
a[]
a['b
a b
[?(@.a]
list[?(@.id >)]
list[?()]
a)
(a
$$
$a
a.$.limit
a.`this`
a[1.5]
1.5
`len`
""".strip("\n").splitlines()

# Known to jsonpath-ng and refused by Headrace.
BEYOND = {"`len`"}


def case(path):
    row = {"path": path}
    try:
        row["want"] = find_values(path, DOC)
        simple = extract_simple_field_name(path)
        if path == "'*'":
            simple = "*"  # which dlt takes for the wildcard
        if simple is not None:
            row["simple"] = simple
    except Exception:  # jsonpath-ng raises a class of its own for each stage
        row["refused"] = True
    if path in BEYOND:
        row = {"path": path, "refused": True}
    return row


paths = [p.encode().decode("unicode_escape").encode("latin-1").decode() if "\\\\" in p else p
         for p in PATHS]
out = {"doc": DOC, "cases": [case(p) for p in paths]}
here = pathlib.Path(__file__).parent
(here / "cases.json").write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
print(len(paths), "cases,", sum("refused" in c for c in out["cases"]), "refused")
