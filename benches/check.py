#!/usr/bin/env python3
"""What tracefall check costs beside tracefall analyze, on one large export.

usage: check.py [SPANS] [PAIRS]

Writes SPANS (one million, about a gigabyte) spans to a temporary folder, runs both commands in turn
PAIRS (seven) times and prints the processor time of each pair and their ratio; then how long a check of
the saved summary takes. Processor time is that of all threads, which another load on the machine changes
less than the time on the wall.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from programs import built


def took(command):
    """Seconds of the processor and on the wall."""
    begun = time.monotonic()
    with open(os.devnull, "w") as nothing:
        process = subprocess.Popen(command, stdout=nothing, stderr=nothing)
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begun


def main():
    spans = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    program, generate = built()
    with tempfile.TemporaryDirectory() as folder:
        export = pathlib.Path(folder) / "traces.jsonl"
        summary = pathlib.Path(folder) / "run.summary"
        subprocess.run([generate, "bulk", "--spans", str(spans), "--out", export], check=True)
        subprocess.run([program, "summarize", export, "-o", summary], check=True)
        print(f"{spans:,} spans, {export.stat().st_size / 1e9:.2f} GB; summary {summary.stat().st_size / 1e6:.2f} MB")
        commands = [[str(program), verb, str(export)] for verb in ("check", "analyze")]
        took(commands[0])
        ratios = []
        for pair in range(pairs):
            # By turns, so that neither always comes after the other.
            order = commands if pair % 2 == 0 else commands[::-1]
            cpu = {command[1]: took(command)[0] for command in order}
            ratios.append(cpu["check"] / cpu["analyze"])
            print(f"check {cpu['check']:.2f} s, analyze {cpu['analyze']:.2f} s of the processor: {ratios[-1]:.3f}")
        print(f"median of {pairs} pairs: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
        for what, more in (("alone", []), ("against itself", ["--baseline", str(summary)])):
            runs = [took([str(program), "check", str(summary), *more]) for _ in range(11)]
            cpu, wall = (1000 * statistics.median(run[at] for run in runs) for at in (0, 1))
            print(f"check of the summary {what}: {cpu:.0f} ms of the processor, {wall:.0f} ms on the wall (median of 11)")


if __name__ == "__main__":
    main()
