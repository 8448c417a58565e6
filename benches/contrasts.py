#!/usr/bin/env python3
"""What contrasts and changes say of labelled incidents.

usage: contrasts.py [--bin PROGRAM] FOLDER

FOLDER holds incidents as folders with telemetry and a labels.json that names `roots` (with a `version`
where one is to blame) and `decoys` (of kind `rollout`, with the service). Of every outage with a bad
version it tells the place of that version among what the calls of the first candidate have in common;
of the others, whether anything of an emitter is said of those calls; and of every rollout that is a
decoy, whether a change of that service is said to touch the candidate.
"""

import argparse
import json
import pathlib
import subprocess

EMITTER = {"service.version", "service.instance.id", "cloud.availability_zone", "cloud.region", "host"}


def report(program, folder):
    run = subprocess.run(
        [program, "analyze", folder, "--format", "json"], capture_output=True, text=True, check=False
    )
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="target/release/tracefall")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    first = versions = claimed = others = touched = decoys = 0
    for labels in sorted(arguments.folder.glob("*/labels.json")):
        truth = json.loads(labels.read_text())
        told = report(arguments.bin, labels.parent)
        calls = [c for c in told["contrasts"] if c["candidate"] == 1 and not c["symptom"]]
        emitter = [c for c in calls if any(t["dimension"] in EMITTER for t in c["traits"])]
        words = [f"{c['text']} ({c['difference']:.2f}, q {c['q_value']:.1e})" for c in calls]
        bad = {(r["name"], r["version"]) for r in truth["roots"] if r.get("version")}
        name = labels.parent.name
        if bad:
            versions += 1
            found = [
                n for n, c in enumerate(calls)
                if any((t["service"], t["value"]) in bad for t in c["traits"])
            ]
            first += found[:1] == [0]
            print(name, "VERSION", sorted(bad), "place", found[:1], "first of", len(calls), words[:2])
        elif truth["outage"]:
            others += 1
            claimed += bool(emitter)
            print(name, "roots", [r["name"] for r in truth["roots"]], words[:3])
        for decoy in (d for d in truth["decoys"] if d["kind"] == "rollout"):
            if not told["changes"]:
                continue
            own = [c for c in told["changes"] if c["traits"][0]["service"] == decoy["service"]]
            decoys += bool(own)
            touched += any(c["touches_candidate"] for c in own)
        for change in told["changes"][:3]:
            print("   ", change["lead_ms"] / 1000, change["text"])
    print(f"bad version first: {first} of {versions}; other outages with an emitter named: {claimed} of {others};")
    print(f"rollouts elsewhere told: {decoys}, said to touch the candidate: {touched}")


if __name__ == "__main__":
    main()
