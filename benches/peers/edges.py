"""Calls, errors, p50 and p99 per (caller, callee, 10 s) of OTLP JSON lines.

Usage: edges.py duckdb|polars|chdb FILE
"""

import sys

STEP = 10_000_000_000


def duckdb(path):
    import duckdb

    shape = (
        "STRUCT(resource STRUCT(attributes STRUCT(key VARCHAR, value STRUCT(stringValue VARCHAR))[]),"
        " scopeSpans STRUCT(spans STRUCT(traceId VARCHAR, spanId VARCHAR, parentSpanId VARCHAR,"
        " startTimeUnixNano UBIGINT, endTimeUnixNano UBIGINT, status STRUCT(code INTEGER))[])[])[]"
    )
    return duckdb.sql(f"""
        with r as (select unnest(resourceSpans) rs from read_json('{path}',
            format='newline_delimited', columns={{resourceSpans: '{shape}'}},
            maximum_object_size=1000000000)),
        s as (select list_filter(rs.resource.attributes,
                lambda a: a.key = 'service.name')[1].value.stringValue service,
            unnest(flatten(list_transform(rs.scopeSpans, lambda x: x.spans))) sp from r),
        f as (select service, sp.traceId t, sp.spanId i, sp.parentSpanId p, sp.status.code c,
            sp.startTimeUnixNano b, sp.endTimeUnixNano e from s)
        select a.service caller, f.service callee, f.b // {STEP} step, count(*) calls,
            count(*) filter (f.c = 2) errors, quantile_cont(f.e - f.b, [0.5, 0.99]) q
        from f join f a on a.t = f.t and a.i = f.p group by all
    """).fetchall()


def polars(path):
    import polars as pl

    text = pl.String
    span = pl.Struct({"traceId": text, "spanId": text, "parentSpanId": text,
                      "startTimeUnixNano": text, "endTimeUnixNano": text,
                      "status": pl.Struct({"code": pl.Int64})})
    attribute = pl.Struct({"key": text, "value": pl.Struct({"stringValue": text})})
    resource = pl.Struct({"resource": pl.Struct({"attributes": pl.List(attribute)}),
                          "scopeSpans": pl.List(pl.Struct({"spans": pl.List(span)}))})
    frame = pl.scan_ndjson(path, schema={"resourceSpans": pl.List(resource)})
    named = pl.element().filter(pl.element().struct["key"] == "service.name")
    frame = frame.explode("resourceSpans").unnest("resourceSpans").select(
        pl.col("resource").struct["attributes"].list.eval(named).list.first()
        .struct["value"].struct["stringValue"].alias("service"),
        "scopeSpans",
    ).explode("scopeSpans").unnest("scopeSpans").explode("spans").unnest("spans").select(
        "service", "traceId", "spanId", "parentSpanId",
        pl.col("startTimeUnixNano").cast(pl.Int64).alias("b"),
        pl.col("endTimeUnixNano").cast(pl.Int64).alias("e"),
        (pl.col("status").struct["code"] == 2).alias("failed"),
    )
    took = pl.col("e") - pl.col("b")
    callers = frame.select("traceId", pl.col("spanId").alias("parentSpanId"),
                           pl.col("service").alias("caller"))
    return frame.join(callers, on=["traceId", "parentSpanId"]).group_by(
        "caller", "service", pl.col("b") // STEP
    ).agg(pl.len(), pl.col("failed").sum(), took.quantile(0.5).alias("p50"),
          took.quantile(0.99).alias("p99")).collect().rows()


def chdb(path):
    import chdb

    shape = (
        "Array(Tuple(resource Tuple(attributes Array(Tuple(key String, value Tuple(stringValue"
        " Nullable(String))))), scopeSpans Array(Tuple(spans Array(Tuple(traceId String,"
        " spanId String, parentSpanId String, startTimeUnixNano UInt64, endTimeUnixNano UInt64,"
        " status Tuple(code Int32)))))))"
    )
    spans = f"""
        select arrayFirst(a -> a.1 = 'service.name', rs.1.1).2.1 service, sp.1 t, sp.2 i, sp.3 p,
            sp.4 b, sp.5 e, sp.6.1 c
        from (select arrayJoin(resourceSpans) rs from file('{path}', JSONEachRow,
            'resourceSpans {shape}')) array join arrayFlatten(arrayMap(x -> x.1, rs.2)) as sp"""
    return str(chdb.query(f"""
        select a.service, f.service, intDiv(f.b, {STEP}), count(), countIf(f.c = 2),
            quantiles(0.5, 0.99)(f.e - f.b)
        from ({spans}) f join ({spans}) a on a.t = f.t and a.i = f.p group by 1, 2, 3
        settings input_format_json_ignore_unnecessary_fields = 1,
            input_format_skip_unknown_fields = 1, input_format_allow_errors_num = 0""",
        "TSV")).splitlines()


print(len({"duckdb": duckdb, "polars": polars, "chdb": chdb}[sys.argv[1]](sys.argv[2])), "rows")
