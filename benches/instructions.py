#!/usr/bin/env python3
"""Instructions that reading a span takes, which do not depend on how busy the machine is.

usage: instructions.py [--write]

Builds the program and the generator, writes 10,000 and 40,000 spans as JSON lines and as protobuf,
counts the instructions of `tracefall summarize` on them under callgrind, and divides the difference
by the spans between them: start-up and what comes once cancel out. Compares each count with the one
in instructions.json and ends with 1 if one is more than 5 % higher. `--write` stores the counts
instead; do so after every change of the compiler. Takes some two minutes once built; needs
valgrind.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
STORED = ROOT / "benches" / "instructions.json"
SIZES = (10_000, 40_000)
SLACK = 1.05
# Counts are those of this way of building, which is quick.
PROFILE = {"LTO": "off", "CODEGEN_UNITS": "16", "INCREMENTAL": "true"}
# The rooms whose own instructions are told apart, by the paths in the symbols.
STAGES = {
    "ingest": re.compile(r"tracefall::ingest"),
    "assemble": re.compile(r"tracefall::assemble"),
    "summary": re.compile(r"tracefall::summary"),
}


def built():
    cargo = ["cargo", "build", "--release", "--locked", "--bins", "--example", "generate"]
    profile = {f"CARGO_PROFILE_RELEASE_{name}": value for name, value in PROFILE.items()}
    subprocess.run(cargo, cwd=ROOT, check=True, env={**os.environ, **profile})
    folder = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release"
    return folder / "tracefall", folder / "examples" / "generate"


def counted(program, file, folder):
    """All instructions of a run, and those of each stage."""
    out = folder / "callgrind.out"
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, "summarize"]
    command += [file, "--threads", "1", "-o", folder / "out.summary"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"the run failed: {run.stderr[-2000:]}")
    total = int(re.search(r"Collected : (\d+)", run.stderr).group(1))
    command = ["callgrind_annotate", "--threshold=100", "--auto=no", out]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    stages = dict.fromkeys(STAGES, 0)
    for line in listing.splitlines():
        found = re.match(r"\s*([\d,]+)\s", line)
        stage = next((name for name, known in STAGES.items() if known.search(line)), None)
        if found and stage:
            stages[stage] += int(found.group(1).replace(",", ""))
    return {"all": total, **stages}


def main(write):
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is missing")
    program, generate = built()
    counts = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for form in ("json", "proto"):
            runs = []
            for size in SIZES:
                file = folder / f"{form}-{size}"
                command = [generate, "bulk", "--spans", str(size), "--format", form, "--out", file]
                subprocess.run(command, check=True)
                runs.append(counted(program, file, folder))
            for stage in runs[0]:
                each = (runs[1][stage] - runs[0][stage]) / (SIZES[1] - SIZES[0])
                counts[f"{form} {stage}"] = round(each)
    if write:
        STORED.write_text(json.dumps(counts, indent=2) + "\n")
    before = json.loads(STORED.read_text()) if STORED.exists() else {}
    worse = False
    for name, count in counts.items():
        # What inlining moves between stages is no regression: the sum decides.
        more = name.endswith(" all") and count > before.get(name, count) * SLACK
        worse |= more
        told = f"{count:>8} instructions a span, {before.get(name, '?'):>8} before"
        print(f"{name:<16}{told}{'  MORE' if more else ''}")
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--write"]):
        sys.exit(__doc__)
    main(bool(sys.argv[1:]))
