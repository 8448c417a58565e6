#!/usr/bin/env python3
"""How fast tracefall is beside what else could be used, as ratios of one run.

usage: table.py [SPANS] [RUNS]

Builds the program, the generator and the peers, writes SPANS (one million) spans in every form
to a temporary folder, runs everything RUNS (three) times and prints a Markdown table. Peers in
Python are installed with pip where they are missing; libsimdjson comes from the system
(Debian: libsimdjson-dev). What cannot be had is said and left out. Times are
the least of the runs; those on the wall mean little on a machine that is not idle. The peers in
Python, which take long, run once and on a tenth of the spans.
"""

import datetime
import gzip
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time

from programs import ROOT, built

PEERS = ROOT / "benches" / "peers"


def compiled(name, folder, libraries=()):
    out = folder / name
    command = ["c++", "-O3", "-march=native", "-o", out, PEERS / f"{name}.cpp", *libraries]
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0:
        return [out]
    print(f"missing: {name} does not compile here", file=sys.stderr)
    return None


def installed(module):
    probe = [sys.executable, "-c", f"import {module}"]
    if subprocess.run(probe, stderr=subprocess.DEVNULL).returncode != 0:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", module])
    if subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0:
        return [sys.executable, PEERS / "edges.py", module]
    print(f"missing: {module} cannot be installed", file=sys.stderr)
    return None


class Usage:
    """The least that some runs of a command took."""

    def __init__(self, command, runs):
        self.cpu = self.wall = self.peak = self.alone = float("inf")
        for _ in range(runs):
            begun = time.monotonic()
            process = subprocess.Popen(
                [str(part) for part in command],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            # Peers that read a file first say how long the rest took.
            first = process.stdout.read(64).split()
            while process.stdout.read(1 << 20):
                pass
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                raise SystemExit(f"{command} ended with {process.returncode}")
            self.wall = min(self.wall, time.monotonic() - begun)
            self.cpu = min(self.cpu, usage.ru_utime + usage.ru_stime)
            if first and re.fullmatch(rb"\d+\.\d+", first[0]):
                self.alone = min(self.alone, float(first[0]))
            self.peak = min(self.peak, usage.ru_maxrss * 1024)


def main():
    spans = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    binary, generate = built()
    rows = []

    def row(what, ratio, goal, good, detail):
        rows.append((what, f"{ratio:.2f}", goal, "yes" if good else "**no**", detail))
        print("| " + " | ".join(rows[-1]) + " |", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)

        def generated(name, count, form):
            file = folder / name
            command = [generate, "bulk", "--spans", str(count), "--format", form, "--out", file]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            return file

        def analysed(file, threads=1):
            command = [binary, "analyze", file, "--format", "json", "--threads", threads]
            return Usage([*command, "--output", folder / "report"], runs)

        print("| what | ratio | goal | met | seconds |\n|---|---|---|---|---|")
        lines = generated("spans.json", spans, "json")
        size = lines.stat().st_size
        json = analysed(lines)
        rate = spans / json.cpu
        row(
            "JSON, spans a second and core, in hundred thousands",
            rate / 1e5, "≥ 2", rate >= 2e5, f"{json.cpu:.2f}, {size / 1e6 / json.cpu:.0f} MB/s",
        )
        if command := compiled("simdjson", folder, ["-lsimdjson"]):
            peer = Usage([*command, lines], runs)
            ratio = json.cpu / peer.alone
            row("JSON: CPU against simdjson's DOM, which need not read the file", ratio, "≤ 2.0",
                ratio <= 2, f"{json.cpu:.2f} / {peer.alone:.2f}")
            ratio = json.cpu / peer.cpu
            row("JSON: the same, with its reading the file", ratio, "–", True,
                f"{json.cpu:.2f} / {peer.cpu:.2f}")
        two = analysed(lines, 2)
        row("two threads: wall of one against it", json.wall / two.wall, "≥ 1.8",
            json.wall / two.wall >= 1.8, f"{json.wall:.2f} / {two.wall:.2f}")
        tenth = generated("tenth.json", spans // 10, "json")
        small = analysed(tenth)
        row("ten times the input: CPU", json.cpu / small.cpu, "≤ 10.5",
            json.cpu / small.cpu <= 10.5, f"{json.cpu:.2f} / {small.cpu:.2f}")
        for module, goal in [("duckdb", 10), ("chdb", 4), ("polars", 4)]:
            if command := installed(module):
                peer = Usage([*command, tenth], 1)
                ratio = peer.cpu / small.cpu
                row(f"a tenth of it: CPU of {module} for the edges alone", ratio, f"≥ {goal}",
                    ratio >= goal, f"{peer.cpu:.2f} / {small.cpu:.2f}")
        allowed = (64 << 20) + 80 * spans
        row("peak memory against 64 MiB + 80 B a span", json.peak / allowed, "≤ 1",
            json.peak <= allowed, f"{json.peak / 1e6:.0f} MB / {allowed / 1e6:.0f} MB")
        for suffix, tool in [(".zst", ["zstd", "-dc"]), (".gz", ["gzip", "-dc"])]:
            if not shutil.which(tool[0]):
                print(f"missing: {tool[0]}", file=sys.stderr)
                continue
            packed = folder / f"spans.json{suffix}"
            if suffix == ".gz":
                with open(lines, "rb") as source, gzip.open(packed, "wb", 1) as target:
                    shutil.copyfileobj(source, target, 1 << 20)
            else:
                subprocess.run(["zstd", "-q", "-3", lines, "-o", packed], check=True)
            alone = Usage([*tool, packed], runs)
            whole = analysed(packed, 2)
            ratio = whole.wall / max(alone.wall, two.wall)
            row(f"{suffix}: wall against unpacking or analysing alone", ratio, "≤ 1.3",
                ratio <= 1.3, f"{whole.wall:.2f} / max({alone.wall:.2f}, {two.wall:.2f})")
            packed.unlink()
        lines.unlink()
        frames = generated("spans.pb", spans, "proto")
        proto = analysed(frames)
        if command := compiled("walk", folder):
            peer = Usage([*command, frames], runs)
            ratio = proto.cpu / peer.alone
            row("protobuf: CPU against a bare walk, which need not read the file", ratio, "≤ 3.5",
                ratio <= 3.5, f"{proto.cpu:.2f} / {peer.alone:.2f}")
            ratio = proto.cpu / peer.cpu
            row("protobuf: the same, with its reading the file", ratio, "–", True,
                f"{proto.cpu:.2f} / {peer.cpu:.2f}")
        few = analysed(generated("few.json", 100, "json"))
        row("start-up on 100 spans: milliseconds", few.wall * 1e3, "≤ 15", few.wall <= 0.015, "")
    print(f"\n{datetime.date.today()}, {spans} spans, {runs} runs, {os.cpu_count()} cores,"
          f" {platform.machine()}, load {os.getloadavg()[0]:.1f}")


main()
