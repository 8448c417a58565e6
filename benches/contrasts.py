#!/usr/bin/env python3
"""What contrasts and changes say of labelled incidents.

usage: contrasts.py [--bin PROGRAM] [--verbose] FOLDER

FOLDER holds incidents as folders with telemetry and what is true of them: a truth.json as the
generator writes it (`cargo run --release --example generate -- incidents --out FOLDER`), or a
labels.json. Of every incident with a bad version: whether that version is the first thing said of the
calls of the service that has it, and how many of those calls failed. Of every other: whether an emitter
(a version, instance, host, zone or region) is said to go with the failing calls of a candidate, and
whether it is the cause's own. Of every change near the onset of a service that is no cause: whether it
is said to touch the candidate.
"""

import argparse
import collections
import json
import pathlib
import subprocess

EMITTER = {"service.version", "service.instance.id", "cloud.availability_zone", "cloud.region", "host"}


def report(program, folder):
    run = subprocess.run(
        [program, "analyze", folder, "--format", "json"], capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)


def truths(folder):
    """(folder, kind, names of the causes, {service: bad version}) of every incident that is one."""
    for file in sorted(folder.glob("*/truth.json")) + sorted(folder.glob("*/labels.json")):
        truth = json.loads(file.read_text())
        if truth.get("outage", truth.get("verdict") == "incident"):
            names = {name for root in truth["roots"] for name in root["accept"]}
            bad = {r["name"]: r["version"] for r in truth["roots"] if r.get("version")}
            yield file.parent, truth.get("scenario", truth.get("kind")), names, bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="target/release/tracefall")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    seen = collections.Counter()
    for folder, kind, names, bad in truths(arguments.folder):
        told = report(arguments.bin, folder)
        calls = [c for c in told["contrasts"] if c["candidate"] and not c["symptom"]]
        words = [f"{c['text']} ({c['difference']:.2f}, q {c['q_value']:.1e})" for c in calls]
        if bad:
            seen["bad versions"] += 1
            own = [c for c in calls if c["service"] in bad]
            named = any((t["service"], t["value"]) in bad.items() for c in own[:1] for t in c["traits"])
            seen["of these, first said of their service"] += named
            first = told["candidates"][0]["service"] if told["candidates"] else None
            seen["of these, their service is the first candidate"] += first in bad
            came = [
                c for c in told["changes"]
                if any((t["service"], t["value"]) in bad.items() for t in c["traits"]) and c["change"] == "came"
            ]
            seen["of these, told as a change near the onset"] += bool(came)
            seen["of these, said to touch the candidate"] += any(c["touches_candidate"] for c in came)
            verdict = "named" if named else "MISSED"
        else:
            seen["other incidents"] += 1
            emitters = {
                t["service"] for c in calls for t in c["traits"] if t["dimension"] in EMITTER
            }
            emitters &= {c["service"] for c in calls}
            seen["of these, an emitter of the cause goes with failures"] += bool(emitters & names)
            seen["of these, an emitter of another candidate does"] += bool(emitters - names)
            verdict = "other" if emitters - names else "own" if emitters else ""
        elsewhere = [c for c in told["changes"] if c["traits"][0]["service"] not in names | {None}]
        seen["changes told of services that are no cause"] += len(elsewhere)
        seen["of those changes, said to touch the candidate"] += sum(c["touches_candidate"] for c in elsewhere)
        if arguments.verbose:
            print(folder.name, kind, sorted(bad.items()) or sorted(names), verdict, words[:3], sep="  ")
    for what, count in seen.items():
        print(f"{count:5}  {what}")


if __name__ == "__main__":
    main()
