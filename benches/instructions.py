#!/usr/bin/env python3
"""Instructions that a span takes, which do not depend on how busy the machine is.

usage: instructions.py [--write]

Builds the program and the generator (or takes them from the folder TRACEFALL_BIN), writes 10,000 and
40,000 spans as JSON lines and as protobuf, counts the instructions of `tracefall summarize` on them
under callgrind, and divides the difference by the spans between them: start-up and what comes once
cancel out. Counts twice: `reading` with a time range that admits no trace, which leaves ingest and
sorting, and `all`. Ends with 1 if a count is more than 5 % above that in instructions.json: another
version of the compiler or of libc moves it by one or two, and what is worth a look moves it by more.
Changes elsewhere move it too, by what the compiler then puts inline: reading protobuf took 7,417 to 7,829
with the same code for it. The stored counts are the upper ends, so that such luck fails nobody.
`--write` stores the counts instead; do so after a change that is meant, and after one of the compiler.
Takes a minute once built; needs valgrind.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from programs import ROOT, built

STORED = ROOT / "benches" / "instructions.json"
SIZES = (10_000, 40_000)
SLACK = 1.05
# A time before all spans: no trace is admitted.
KINDS = {"reading": ["--to", "2000-01-01T00:00:00Z"], "all": []}


def counted(program, file, arguments, folder):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, "summarize"]
    command += [file, "--threads", "1", "-o", folder / "out.summary", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"the run failed: {run.stderr[-2000:]}")
    return int(re.search(r"Collected : (\d+)", run.stderr).group(1))


def main(write):
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is missing")
    program, generate = built()
    counts = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for form in ("json", "proto"):
            files = []
            for size in SIZES:
                files.append(folder / f"{form}-{size}")
                command = [generate, "bulk", "--spans", str(size), "--format", form]
                subprocess.run([*command, "--out", files[-1]], check=True)
            for kind, arguments in KINDS.items():
                few, many = (counted(program, file, arguments, folder) for file in files)
                counts[f"{form} {kind}"] = round((many - few) / (SIZES[1] - SIZES[0]))
    if write:
        STORED.write_text(json.dumps(counts, indent=2) + "\n")
    before = json.loads(STORED.read_text()) if STORED.exists() else {}
    worse = False
    for name, count in counts.items():
        more = count > before.get(name, count) * SLACK
        worse |= more
        told = f"{count:>8} instructions a span, {before.get(name, '?'):>8} before"
        print(f"{name:<16}{told}{'  MORE' if more else ''}")
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--write"]):
        sys.exit(__doc__)
    main(bool(sys.argv[1:]))
