"""The programs that are measured."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def built():
    """tracefall and the generator: those in TRACEFALL_BIN, or built now."""
    if "TRACEFALL_BIN" in os.environ:
        folder = pathlib.Path(os.environ["TRACEFALL_BIN"]).resolve()
    else:
        cargo = ["cargo", "build", "--release", "--locked", "--bins", "--example", "generate"]
        subprocess.run(cargo, cwd=ROOT, check=True)
        folder = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release"
    return folder / "tracefall", folder / "examples" / "generate"
