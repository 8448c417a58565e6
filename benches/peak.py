#!/usr/bin/env python3
"""Time, memory and size of the program on a large generated export.

usage: peak.py [SPANS]

Builds the program and the generator for release, writes SPANS (one million) spans as JSON
lines to a temporary folder, runs `tracefall analyze` and `tracefall summarize` on them and
prints what they took. Ends with 1 if the memory or the summary is larger than promised.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEAK = 400e6
SUMMARY = 4e6


def built():
    cargo = ["cargo", "build", "--release", "--locked", "--bins", "--example", "generate"]
    subprocess.run(cargo, cwd=ROOT, check=True)
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release"
    return target / "tracefall", target / "examples" / "generate"


def measured(command):
    """Wall and processor seconds, and the largest resident set in bytes."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[1]} ended with {process.returncode}")
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit


def told(name, spans, size, result):
    wall, processor, peak = result
    print(
        f"{name}: {wall:.1f} s, {spans / wall:,.0f} spans/s, {size / 1e6 / wall:.0f} MB/s; "
        f"{processor:.1f} s of processors, {spans / processor:,.0f} spans/s and core; "
        f"peak {peak / 1e6:.0f} MB"
    )
    return peak


def main():
    spans = int(sys.argv[1]) if len(sys.argv) == 2 else 1_000_000
    tracefall, generate = built()
    with tempfile.TemporaryDirectory() as folder:
        traces, summary = pathlib.Path(folder, "traces.jsonl"), pathlib.Path(folder, "summary")
        subprocess.run([generate, "bulk", "--spans", str(spans), "--out", traces], check=True)
        size = traces.stat().st_size
        print(f"{spans:,} spans, {size / 1e6:,.0f} MB of JSON lines")
        analyze = [tracefall, "analyze", traces, "--format", "json"]
        peak = told("analyze", spans, size, measured(analyze))
        told("summarize", spans, size, measured([tracefall, "summarize", traces, "-o", summary]))
        kept = summary.stat().st_size
        print(f"summary: {kept / 1e6:.2f} MB")
    sys.exit(1 if peak > PEAK or kept > SUMMARY else 0)


if __name__ == "__main__":
    main()
