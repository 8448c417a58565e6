#!/usr/bin/env python3
"""Writes an OTLP export as other tracing systems would have it, and checks that nothing is lost by it.

usage: convert.py FORMAT TRACES LOGS FOLDER
       convert.py --check BINARY FOLDER…

FORMAT is `jaeger` (a reply of its API), `zipkin` (a list of lists of spans) or `zipkin-shared` (where a
client span and the server span below it have one id). TRACES and LOGS are OTLP as JSON lines, compressed
or not (Zstandard needs the `zstd` program). FOLDER gets `traces.json`, and `logs.jsonl` as OTLP: neither
system has log records, but their span ids follow those of the spans.

With `--check`, every FOLDER with a traces.jsonl(.zst) and logs.jsonl(.zst) is analysed as it is and in
each format; ends with 1 if the verdict or the first candidate is another one anywhere.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

KINDS = ["", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
STATUSES = ["UNSET", "OK", "ERROR"]


def lines(path):
    """The lines of a file, however it is stored."""
    if path.suffix == ".zst":
        text = subprocess.run(["zstd", "-dcq", path], check=True, stdout=subprocess.PIPE).stdout
    else:
        text = path.read_bytes()
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def enumerated(value, names, prefix):
    """A number or a name as a name."""
    return names[value] if isinstance(value, int) else str(value or names[0]).removeprefix(prefix)


def plain(value):
    """An AnyValue as what it stands for; lists and maps as JSON text."""
    for form, read in [("stringValue", str), ("intValue", int), ("doubleValue", float), ("boolValue", bool)]:
        if form in value:
            return read(value[form])
    return json.dumps(value)


def attributes(of):
    return {pair["key"]: plain(pair.get("value", {})) for pair in of.get("attributes", [])}


class Span:
    """A span of OTLP, flat, with the attributes of its resource."""

    def __init__(self, span, resource):
        self.resource = resource
        self.trace = span["traceId"].lower()
        self.id = span["spanId"].lower()
        self.parent = span.get("parentSpanId", "").lower()
        self.name = span.get("name", "")
        self.kind = enumerated(span.get("kind", 0), KINDS, "SPAN_KIND_")
        self.start = int(span["startTimeUnixNano"]) // 1000
        self.duration = int(span["endTimeUnixNano"]) // 1000 - self.start
        self.attributes = attributes(span)
        self.events = span.get("events", [])
        self.links = span.get("links", [])
        self.state = span.get("traceState", "")
        status = span.get("status", {})
        self.status = enumerated(status.get("code", 0), STATUSES, "STATUS_CODE_")
        self.message = status.get("message", "")
        self.shared = False

    def service(self):
        return self.resource.get("service.name", "")

    def tags(self):
        """Attributes, and what both systems know by tags only, as the OpenTelemetry specification maps it."""
        tags = dict(self.attributes)
        if self.status != "UNSET":
            tags["otel.status_code"] = self.status
        if self.message:
            tags["otel.status_description"] = self.message
        if self.state:
            tags["w3c.tracestate"] = self.state
        return tags


def spans(exports):
    for export in exports:
        for batch in export.get("resourceSpans", []):
            resource = attributes(batch.get("resource", {}))
            for scope in batch.get("scopeSpans", []):
                for span in scope.get("spans", []):
                    yield Span(span, resource)


def by_trace(exports):
    traces = {}
    for span in spans(exports):
        traces.setdefault(span.trace, []).append(span)
    return traces


def typed(tags):
    names = {bool: "bool", int: "int64", float: "float64"}
    return [{"key": key, "type": names.get(type(value), "string"), "value": value} for key, value in tags.items()]


def jaeger(traces):
    return {
        "data": [jaeger_trace(trace, found) for trace, found in traces.items()],
        "total": 0,
        "limit": 0,
        "offset": 0,
        "errors": None,
    }


def jaeger_trace(trace, found):
    processes, names, written = {}, {}, []
    for span in found:
        process = json.dumps(span.resource, sort_keys=True)
        if process not in names:
            names[process] = f"p{len(names) + 1}"
            tags = {key: value for key, value in span.resource.items() if key != "service.name"}
            processes[names[process]] = {"serviceName": span.service(), "tags": typed(tags)}
        written.append(jaeger_span(span, names[process]))
    return {"traceID": trace, "spans": written, "processes": processes, "warnings": None}


def jaeger_span(span, process):
    parent = [("CHILD_OF", span.trace, span.parent)] if span.parent else []
    links = [("FOLLOWS_FROM", link["traceId"], link["spanId"]) for link in span.links]
    tags = span.tags()
    if span.kind:
        tags["span.kind"] = span.kind.lower()
    if span.status == "ERROR":
        tags["error"] = True
    logs = [
        {
            "timestamp": int(event["timeUnixNano"]) // 1000,
            "fields": typed({"event": event.get("name", ""), **attributes(event)}),
        }
        for event in span.events
    ]
    return {
        "traceID": span.trace,
        "spanID": span.id,
        "operationName": span.name,
        "references": [{"refType": kind, "traceID": of, "spanID": to} for kind, of, to in parent + links],
        "startTime": span.start,
        "duration": span.duration,
        "tags": typed(tags),
        "logs": logs,
        "processID": process,
        "warnings": None,
    }


def zipkin(traces):
    return [[zipkin_span(span) for span in found] for found in traces.values()]


def text(value):
    return value if isinstance(value, str) else json.dumps(value)


def zipkin_span(span):
    resource = {key: value for key, value in span.resource.items() if key != "service.name"}
    tags = {key: text(value) for key, value in {**resource, **span.tags()}.items()}
    if span.status == "ERROR":
        tags["error"] = span.message or "true"
    for number, link in enumerate(span.links):
        tags[f"otlp.link.{number}"] = f"{link['traceId']}|{link['spanId']}||{{}}|0"
    written = {
        "traceId": span.trace,
        "id": span.id,
        "name": span.name,
        "timestamp": span.start,
        "duration": max(span.duration, 1),
        "localEndpoint": {"serviceName": span.service()},
        "annotations": [
            {
                "timestamp": int(event["timeUnixNano"]) // 1000,
                "value": f"{json.dumps(event.get('name', ''))}:{json.dumps(attributes(event))}",
            }
            for event in span.events
        ],
        "tags": tags,
    }
    if span.parent:
        written["parentId"] = span.parent
    if span.kind not in ("", "INTERNAL"):
        written["kind"] = span.kind
    if span.shared:
        written["shared"] = True
    return written


def share(traces):
    """Gives each server span the id of the client span above it; says which ids became which."""
    renamed = {}
    for trace, found in traces.items():
        known = {span.id: span for span in found}
        taken = set()
        for span in found:
            caller = known.get(span.parent)
            if span.kind == "SERVER" and caller and caller.kind == "CLIENT" and caller.id not in taken:
                taken.add(caller.id)
                renamed[trace, span.id] = caller.id
        for span in found:
            if (trace, span.id) in renamed:
                span.shared = True
                span.id = renamed[trace, span.id]
                span.parent = known[span.id].parent
            span.parent = renamed.get((trace, span.parent), span.parent)
    return renamed


def follow(logs, renamed):
    for export in logs:
        for batch in export.get("resourceLogs", []):
            for scope in batch.get("scopeLogs", []):
                for record in scope.get("logRecords", []):
                    key = record.get("traceId", "").lower(), record.get("spanId", "").lower()
                    if key in renamed:
                        record["spanId"] = renamed[key]
    return logs


def convert(format, traces, logs, folder):
    traces, logs = by_trace(lines(traces)), lines(logs)
    if format == "zipkin-shared":
        logs = follow(logs, share(traces))
    written = {"jaeger": jaeger, "zipkin": zipkin, "zipkin-shared": zipkin}[format](traces)
    folder.mkdir(exist_ok=True)
    (folder / "traces.json").write_text(json.dumps(written), encoding="utf-8")
    text = "".join(json.dumps(export) + "\n" for export in logs)
    (folder / "logs.jsonl").write_text(text, encoding="utf-8")


def told(binary, paths):
    """Verdict, first candidate, and how many spans there are."""
    command = [binary, "analyze", "--format", "json", "--top", "1", *paths]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    candidate = report["candidates"][0] if report["candidates"] else None
    first = candidate and (candidate["service"], candidate["kind"], candidate["edge"])
    return (report["verdict"], first), (report["input"]["spans"], report["input"]["losses"])


def check(binary, folders):
    different = 0
    for folder in folders:
        traces, logs = (next(folder.glob(f"{signal}.jsonl*")) for signal in ("traces", "logs"))
        want, _ = told(binary, [traces, logs])
        for format in ["jaeger", "zipkin", "zipkin-shared"]:
            with tempfile.TemporaryDirectory() as scratch:
                convert(format, traces, logs, pathlib.Path(scratch))
                got, read = told(binary, [scratch])
            different += got != want
            print(f"{folder.name} {format}: {'same' if got == want else f'{got}, not {want}'}; {read}", flush=True)
    print(f"{different} different of {3 * len(folders)}")
    return different


def main():
    if len(sys.argv) > 3 and sys.argv[1] == "--check":
        sys.exit(1 if check(sys.argv[2], [pathlib.Path(folder) for folder in sys.argv[3:]]) else 0)
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    traces, logs, folder = map(pathlib.Path, sys.argv[2:])
    convert(sys.argv[1], traces, logs, folder)


if __name__ == "__main__":
    main()
