#!/usr/bin/env python3
"""Input that is made to hurt, too large for every run of the tests.

usage: hostile.py BIN [NAME]

Runs the program on each kind (or the one of this NAME), within two minutes of the processor, and prints what it
took. Ends with 1 if a run fails, takes longer, or takes more memory than stated. Input is streamed
where it is large: next to nothing is written to disk. `tests/hostile.rs` has the small ones.
"""

import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

START = 1_767_322_800_000_000_000
MIB = 1 << 20


def span(trace, number, name="GET /x", parent="", at=0):
    return (
        f'{{"traceId":"{trace + 1:032x}","spanId":"{number + 1:016x}","parentSpanId":"{parent}",'
        f'"name":"{name}","kind":2,"startTimeUnixNano":"{START + at}",'
        f'"endTimeUnixNano":"{START + at + 1000}"}}'
    )


def export(spans, service="cart"):
    name = json.dumps([{"key": "service.name", "value": {"stringValue": service}}])
    return (
        f'{{"resourceSpans":[{{"resource":{{"attributes":{name}}},'
        f'"scopeSpans":[{{"spans":[{",".join(spans)}]}}]}}]}}\n'
    ).encode()


def letters(number):
    text = ""
    for _ in range(6):
        number, rest = divmod(number, 26)
        text += chr(97 + rest)
    return text


def batches(count, make, size=1000):
    for first in range(0, count, size):
        yield export([make(i) for i in range(first, min(first + size, count))])


def long_line():
    """A line of 100 MB, between two that are usual."""
    yield export([span(1, 1)])
    yield b'{"padding":"'
    for _ in range(100):
        yield b"x" * 1_000_000
    yield b'"}\n'
    yield export([span(2, 2)])


def names():
    """A million distinct operation names."""
    return batches(1_000_000, lambda i: span(i, i, letters(i), at=i * 1000))


def services():
    """Twenty thousand services."""
    for i in range(20_000):
        yield export([span(i, i, at=i * 1000)], f"service-{letters(i)}")


def one_trace():
    """One trace of a million spans, each below the one before."""
    def below(i):
        return span(0, i, parent=f"{i:016x}" if i else "", at=i)
    return batches(1_000_000, below)


def wide_trace():
    """One trace of a million spans, all below one."""
    return batches(1_000_000, lambda i: span(0, i, parent=f"{1:016x}" if i else "", at=i))


def many_traces():
    """Ten million traces of one span."""
    return batches(10_000_000, lambda i: span(i, i, at=i * 1000))


def bomb():
    """Four gigabytes of line feeds, in four megabytes."""
    line = gzip.compress(export([span(1, 1)]))
    feeds = gzip.compress(b"\n" * (64 * MIB))
    yield line
    for _ in range(64):
        yield feeds
    yield gzip.compress(export([span(2, 2)]))


# What is fed, the spans in it, MiB that suffice, and arguments.
KINDS = {
    "long line": (long_line, 2, 600, []),
    "a million names": (names, 1_000_000, 900, []),
    "services": (services, 20_000, 300, []),
    "one deep trace": (one_trace, 1_000_000, 900, []),
    "one wide trace": (wide_trace, 1_000_000, 900, []),
    "bomb": (bomb, 2, 200, []),
    "many traces": (many_traces, 10_000_000, 1400, []),
    "many traces, spilled": (many_traces, 10_000_000, 512, ["--memory", "512MiB"]),
}


def feed(process, pieces):
    try:
        for piece in pieces:
            process.stdin.write(piece)
        process.stdin.close()
    except BrokenPipeError:
        pass


def run(program, make, arguments):
    command = [program, "analyze", "-", "--format", "json", *arguments]
    pipe = subprocess.PIPE
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdin=pipe, stdout=out, stderr=err)
        feeder = threading.Thread(target=feed, args=(process, make()), daemon=True)
        feeder.start()
        limit = threading.Timer(600, process.kill)
        limit.start()
        _, status, usage = os.wait4(process.pid, 0)
        limit.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return process.returncode, out.read(), err.read(), usage


def full_disk(program):
    """A disk of one megabyte, for those who may mount one."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            print("full disk: may not mount one, left out")
            return True
        try:
            os.environ["TMPDIR"] = folder
            code, out, err, _ = run(program, lambda: batches(50_000, lambda i: span(i, i)),
                                    ["--memory", "1MiB"])
            left = os.listdir(folder)
        finally:
            del os.environ["TMPDIR"]
            subprocess.run(["umount", folder], check=True)
    good = code == 2 and not out and not left and b"No space left" in err
    print(f"full disk: {'told' if good else 'WRONG'}: {code} {err.decode().strip()} {left}")
    return good


def main(program, only=None):
    good = True
    for name, (make, spans, most, arguments) in KINDS.items():
        if only not in (None, name):
            continue
        begun = time.monotonic()
        code, out, err, usage = run(program, make, arguments)
        processor = usage.ru_utime + usage.ru_stime
        peak = usage.ru_maxrss / 1024
        problems = []
        if code != 0:
            problems.append(f"ended with {code}: {err.decode()[:300]}")
        elif json.loads(out)["input"]["spans"] != spans:
            problems.append(f"{json.loads(out)['input']['spans']} spans instead of {spans}")
        if peak > most:
            problems.append(f"more than {most} MiB")
        if processor > 120:
            problems.append("more than two minutes")
        wall = time.monotonic() - begun
        verdict = "; ".join(problems) or "well"
        print(f"{name}: {processor:.1f} s ({wall:.0f} s wall), {peak:.0f} MiB: {verdict}", flush=True)
        good &= not problems
    if only in (None, "full disk"):
        good &= full_disk(program)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(str(pathlib.Path(sys.argv[1]).resolve()), *sys.argv[2:])
