#!/usr/bin/env python3
"""Checks a folder of real exports against the counts in its MANIFEST.tsv.

usage: wild.py FOLDER [BINARY]

The manifest has a header row; of its columns, `file`, `spans`, `log_records` and
`native_non_otlp_spans` are used. Every file is analysed on its own. Spans in Jaeger's and Zipkin's
JSON count like those in OTLP; those in a format that is not read (REFUSED, by what the error must say)
do not. Exit code 3 is expected of files without spans and log records, unless they are empty. Ends
with 1 if any row does not match.
"""

import csv
import json
import pathlib
import subprocess
import sys


# Files whose spans are in a format of their makers only, and what the error calls it.
REFUSED = {
    "f5-flat.jsonl": "flat spans",
    "f5-flat-single.json": "flat spans",
}


def check(binary, path, row):
    refused = REFUSED.get(row["file"])
    native = 0 if refused else int(row["native_non_otlp_spans"])
    want = (int(row["spans"]) + native, int(row["log_records"]))
    run = subprocess.run(
        [binary, "analyze", str(path), "--format", "json"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    code = 3 if want == (0, 0) and path.stat().st_size > 0 else 0
    if run.returncode != code:
        return f"exit code {run.returncode}, not {code}: {run.stderr.decode()[:200]}"
    if code == 3:
        said = run.stderr.decode()
        return None if said.strip() and (refused or "") in said else f"said on stderr: {said[:200]!r}"
    found = json.loads(run.stdout)["input"]
    got = (found["spans"], found["log_records"])
    return None if got == want else f"{got} spans and log records, not {want}"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    binary = sys.argv[2] if len(sys.argv) == 3 else "tracefall"
    with open(folder / "MANIFEST.tsv", newline="", encoding="utf-8") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t"))
    wrong = 0
    for row in rows:
        problem = check(binary, folder / row["file"], row)
        if problem:
            wrong += 1
            print(f"{row['file']}: {problem}")
    print(f"{len(rows) - wrong} of {len(rows)} as expected")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
