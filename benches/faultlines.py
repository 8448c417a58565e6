#!/usr/bin/env python3
"""Whether the edges that `tracefall faultlines` ranks high are those whose faults do most harm.

    cargo build --release --bins --examples
    python3 benches/faultlines.py --seeds 1 2 3 4 --count 15
    python3 benches/faultlines.py --keep /somewhere --seeds 5 6 7 8 --count 15

Makes healthy exports of random landscapes with the generator (`generate faults`), which also runs every
landscape again with each of five faults at every dependency, always with the same users: the edge hangs,
the edge is late, the callee is dead, fails, is slow. An edge's harm is the mean number of failed requests
over the five. Prints Spearman's rank correlation between harm and risk, and between harm and naive rivals,
by landscape (mean, with a bootstrap interval over landscapes, as edges of one landscape are not
independent) and pooled over all edges (shares of requests); and how much of the harm of the worst fifth
of edges the first fifth of each ranking holds. Fit nothing on the seeds that you report.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile

KINDS = ["edge_hangs", "edge_late", "callee_dead", "callee_failing", "callee_slow"]
RANKINGS = {
    "risk": lambda p: p["risk"],
    "calls": lambda p: p["calls"],
    "share of requests that wait there": lambda p: p["waiting"],
    "share that wait for the callee, whoever calls": lambda p: p["callee_waiting"],
    "p99 of its calls": lambda p: p["p99_ms"] or 0,
    "depth below": lambda p: p["depth"],
    "risk, fails only": lambda p: (p["lost"]["edge_fails"] + p["lost"]["callee_fails"]) / 2,
    "risk, hangs only": lambda p: (p["lost"]["edge_hangs"] + p["lost"]["callee_hangs"]) / 2,
}


def ranks(values):
    order = sorted(range(len(values)), key=lambda i: values[i])
    out = [0.0] * len(values)
    at = 0
    while at < len(order):
        end = at
        while end + 1 < len(order) and values[order[end + 1]] == values[order[at]]:
            end += 1
        for i in order[at:end + 1]:
            out[i] = (at + end) / 2
        at = end + 1
    return out


def correlation(a, b):
    n = len(a)
    ma, mb = sum(a) / n, sum(b) / n
    va, vb = sum((x - ma) ** 2 for x in a), sum((y - mb) ** 2 for y in b)
    if va == 0 or vb == 0:
        return 0.0
    return sum((x - ma) * (y - mb) for x, y in zip(a, b)) / (va * vb) ** 0.5


def spearman(a, b):
    return correlation(ranks(a), ranks(b))


def found(harm, scores):
    """Share of the harm of the worst fifth that the first fifth of the ranking holds."""
    k = max(1, len(harm) // 5)
    best = sum(sorted(harm, reverse=True)[:k])
    first = sorted(range(len(harm)), key=lambda i: -scores[i])[:k]
    return sum(harm[i] for i in first) / best if best > 0 else 1.0


def landscape(binary, folder):
    truth = json.load(open(os.path.join(folder, "harm.json")))
    command = [binary, "faultlines", folder, "--format", "json", "--top", "10000"]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    points = {tuple(p["edge"]): p for p in report["integration_points"]}
    by_callee = {}
    for p in points.values():
        by_callee[p["edge"][1]] = by_callee.get(p["edge"][1], 0) + p["waiting"]
    rows = []
    for point in truth["points"]:
        seen = points.get(tuple(point["edge"]))
        if seen is None:
            continue
        seen["callee_waiting"] = by_callee[seen["edge"][1]]
        harm = {kind: max(0, n) / max(1, truth["requests"]) for kind, n in point["harm"]}
        rows.append((seen, harm))
    return rows, len(truth["points"]) - len(rows)


def interval(values, draw=2000):
    dice = random.Random(1)
    means = sorted(sum(dice.choice(values) for _ in values) / len(values) for _ in range(draw))
    return sum(values) / len(values), means[int(0.025 * draw)], means[int(0.975 * draw)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="target/release/tracefall")
    parser.add_argument("--generator", default="target/release/examples/generate")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--count", type=int, default=15, help="landscapes for each seed")
    parser.add_argument("--keep", help="folder in which exports are kept and found again")
    args = parser.parse_args()
    lands, unseen = [], 0
    with tempfile.TemporaryDirectory() as temporary:
        for seed in args.seeds:
            out = os.path.join(args.keep or temporary, str(seed))
            if not os.path.isdir(out):
                command = [args.generator, "faults", "--out", out, "--seed", str(seed), "--count", str(args.count)]
                subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            for name in sorted(os.listdir(out))[:args.count]:
                rows, missing = landscape(args.bin, os.path.join(out, name))
                unseen += missing
                lands.append(rows)
    edges = sum(len(rows) for rows in lands)
    print(f"{len(lands)} landscapes, {edges} edges ({unseen} more were never called in the export)")

    def mean(harm):
        return sum(harm.values()) / len(harm)

    print(f"{'ranking by':48} by landscape        pooled  harm found")
    for name, score in RANKINGS.items():
        each = [spearman([mean(h) for _, h in rows], [score(p) for p, _ in rows]) for rows in lands]
        top = [found([mean(h) for _, h in rows], [score(p) for p, _ in rows]) for rows in lands]
        every = [(mean(h), score(p)) for rows in lands for p, h in rows]
        pooled = spearman([h for h, _ in every], [s for _, s in every])
        middle, low, high = interval(each)
        print(f"{name:48} {middle:.2f} ({low:.2f}–{high:.2f})  {pooled:.2f}    {sum(top) / len(top):.2f}")
    best = "share of requests that wait there"
    for rival in ["calls", best, "share that wait for the callee, whoever calls"]:
        gain = [spearman([mean(h) for _, h in rows], [p["risk"] for p, _ in rows])
                - spearman([mean(h) for _, h in rows], [RANKINGS[rival](p) for p, _ in rows]) for rows in lands]
        print("risk over %s: %+.3f (%+.3f to %+.3f)" % ((rival,) + interval(gain)))
    print("risk by kind of fault, pooled:")
    for kind in KINDS:
        every = [(h[kind], p["risk"]) for rows in lands for p, h in rows]
        print(f"  {kind:16} {spearman([h for h, _ in every], [s for _, s in every]):.2f}  mean harm {sum(h for h, _ in every) / len(every):.3f}")


if __name__ == "__main__":
    main()
