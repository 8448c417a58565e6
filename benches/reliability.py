#!/usr/bin/env python3
"""How often the first candidate is right, by its score, on simulated incidents.

    cargo build --release --bins --examples
    python3 benches/reliability.py --seeds 1 2 3 4 --count 96

Makes incidents with the generator (none of which any constant was set on, if the seeds are new), runs
the release binary on each, and prints what docs/method.md holds: a table of score against the share of
first candidates that were a root cause, one of kinds, and how well a logistic mapping fitted on all
seeds but one does on that one. Then what each evidence is worth: candidates ranked again without it.
Intervals are Wilson's, 95 %.
"""

import argparse
import collections
import json
import math
import os
import subprocess
import tempfile

BINS = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0]


def wilson(right, of):
    if not of:
        return "–"
    z, share = 1.96, right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return "%.2f–%.2f" % (max(0, middle - half), min(1, middle + half))


def accepted(root, name):
    return name.lower() in [a.lower() for a in root["accept"]]


def study(binary, folder):
    """What one incident shows: (kind, verdict, score, right, both found)."""
    truth = json.load(open(os.path.join(folder, "truth.json")))
    run = subprocess.run([binary, "analyze", folder, "--format", "json"], capture_output=True, text=True, check=True)
    report = json.loads(run.stdout)
    candidates = report["candidates"]
    first = candidates[0] if candidates else None
    right = bool(first) and any(accepted(r, first["service"]) for r in truth["roots"])
    leading = [c["service"] for c in candidates[:5]]
    weighed = [dict(good=any(accepted(r, c["service"]) for r in truth["roots"]), prior=c["prior"],
                    parts={e["id"]: e["contribution"] for e in c["evidence"]}) for c in candidates]
    every = all(any(accepted(r, name) for name in leading) for r in truth["roots"])
    return dict(kind=truth["scenario"], want=truth["verdict"], got=report["verdict"], right=right, every=every,
                score=first["score"] if first else None, told=bool(report["independent"]),
                incidents=len(report["incidents"]), names=leading, weighed=weighed)


def logit(p):
    p = min(max(p, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def fit(rows):
    """Logistic mapping of log-odds, by Newton's method with a weak pull to the identity."""
    a, b = 0.0, 1.0
    for _ in range(50):
        ga, gb, haa, hab, hbb = -a, 1.0 - b, 1.0, 0.0, 1.0
        for r in rows:
            x = logit(r["score"])
            p = 1 / (1 + math.exp(-max(-30.0, min(30.0, a + b * x))))
            d, w = r["right"] - p, p * (1 - p)
            ga, gb, haa, hab, hbb = ga + d, gb + d * x, haa + w, hab + w * x, hbb + w * x * x
        det = haa * hbb - hab * hab
        a, b = a + (hbb * ga - hab * gb) / det, b + (haa * gb - hab * ga) / det
    return a, b


def loss(rows, a, b):
    total = 0.0
    for r in rows:
        p = 1 / (1 + math.exp(-(a + b * logit(r["score"]))))
        p = min(max(p, 1e-9), 1 - 1e-9)
        total -= math.log(p if r["right"] else 1 - p)
    return total / max(len(rows), 1)


def ablation(rows):
    """First right, and loss of its score, with every evidence and without each."""
    def ranked(row, without):
        score = lambda c: c["prior"] + sum(v for k, v in c["parts"].items() if k != without)
        best = max(row["weighed"], key=score)
        return dict(score=1 / (1 + math.exp(-max(-30.0, min(30.0, score(best))))), right=best["good"])

    spoke = collections.Counter(e for r in rows for e in {k for c in r["weighed"] for k in c["parts"]})
    print("\n| Without | Spoke in | First right | Log loss |\n|---|---|---|---|")
    for without in [None, *sorted(spoke)]:
        again = [ranked(r, without) for r in rows]
        print("| %s | %s | %d of %d | %.3f |" % (
            "`%s`" % without if without else "nothing", spoke[without] if without else "–",
            sum(r["right"] for r in again), len(again), loss(again, 0.0, 1.0)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    parser.add_argument("--bin", default=os.path.join(target, "release", "tracefall"))
    parser.add_argument("--generate", default=os.path.join(target, "release", "examples", "generate"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--count", type=int, default=96, help="incidents a seed")
    parser.add_argument("--misses", action="store_true", help="name what was missed")
    options = parser.parse_args()

    rows = []
    for seed in options.seeds:
        with tempfile.TemporaryDirectory() as out:
            make = [options.generate, "incidents", "--out", out, "--count", str(options.count), "--seed", str(seed)]
            subprocess.run(make, check=True, capture_output=True)
            for name in sorted(os.listdir(out)):
                rows.append(dict(study(options.bin, os.path.join(out, name)), seed=seed, name=name))

    sick = [r for r in rows if r["want"] == "incident"]
    quiet = [r for r in rows if r["want"] != "incident"]
    named = [r for r in sick if r["score"] is not None and r["got"] == "incident"]
    print("| Score of the first candidate | Incidents | Right | 95 % interval |\n|---|---|---|---|")
    for low, high in zip(BINS, BINS[1:]):
        inside = [r for r in named if low <= r["score"] < high or (high == 1.0 and r["score"] == 1.0)]
        right = sum(r["right"] for r in inside)
        share = "%.2f" % (right / len(inside)) if inside else "–"
        print("| %.2f to %.2f | %d | %s | %s |" % (low, high, len(inside), share, wilson(right, len(inside))))

    print("\n| Kind | Runs | First right |\n|---|---|---|")
    kinds = collections.defaultdict(list)
    for r in sick:
        kinds[r["kind"]].append(r["right"] and r["got"] == "incident")
    for kind, right in sorted(kinds.items()):
        print("| %s | %d | %d |" % (kind, len(right), sum(right)))
    right = sum(r["right"] and r["got"] == "incident" for r in sick)
    print("\nfirst right: %d of %d (%s); called incident: %d; false alarms: %d of %d quiet runs" % (
        right, len(sick), wilson(right, len(sick)), len(named), sum(r["got"] == "incident" for r in quiet), len(quiet)))
    for kind in ("two-at-once", "two-apart"):
        two = [r for r in sick if r["kind"] == kind]
        print("%s: both in the first five %d, said to be independent %d, found apart %d, of %d" % (
            kind, sum(r["every"] for r in two), sum(r["told"] for r in two), sum(r["incidents"] > 1 for r in two), len(two)))
    one = [r for r in named if not r["kind"].startswith("two-")]
    print("one cause: said to be several independent ones %d, several incidents %d, of %d" % (
        sum(r["told"] for r in one), sum(r["incidents"] > 1 for r in one), len(one)))

    plain = mapped = 0.0
    for seed in options.seeds:
        held = [r for r in named if r["seed"] == seed]
        a, b = fit([r for r in named if r["seed"] != seed])
        plain += loss(held, 0.0, 1.0) / len(options.seeds)
        mapped += loss(held, a, b) / len(options.seeds)
    print("log loss on held-out seeds: %.3f as scored, %.3f after a logistic mapping fitted on the others" % (plain, mapped))
    ablation(named)
    if options.misses:
        for r in sick:
            if not r["right"] or r["got"] != "incident":
                print(r["name"], r["got"], r["score"] and round(r["score"], 3), r["names"])


if __name__ == "__main__":
    main()
