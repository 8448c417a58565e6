#!/usr/bin/env python3
"""Runs the program on every fixture and checks the verdict against the fixture's truth.

usage: fixtures.py [BINARY]

The library's tests look closer; this sees that the program, as it is shipped, does the same.
"""

import json
import pathlib
import subprocess
import sys

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"


def check(binary, folder):
    wanted = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["verdict"]
    run = subprocess.run(
        [binary, "analyze", str(folder), "--format", "json"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    if run.returncode != 0:
        return f"exit code {run.returncode}: {run.stderr.decode()[:200]}"
    found = json.loads(run.stdout)["verdict"]
    return None if found == wanted else f"{found}, not {wanted}"


def main():
    binary = sys.argv[1] if len(sys.argv) == 2 else "tracefall"
    folders = sorted(truth.parent for truth in FIXTURES.glob("*/truth.json"))
    problems = {folder.name: check(binary, folder) for folder in folders}
    wrong = {name: problem for name, problem in problems.items() if problem}
    for name, problem in wrong.items():
        print(f"{name}: {problem}")
    print(f"{len(folders) - len(wrong)} of {len(folders)} fixtures as expected")
    sys.exit(1 if wrong or not folders else 0)


if __name__ == "__main__":
    main()
