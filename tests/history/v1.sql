BEGIN TRANSACTION;
CREATE TABLE incidents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        remembered INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        tool TEXT NOT NULL,
        label TEXT NOT NULL,
        note TEXT NOT NULL,
        onset INTEGER NOT NULL,
        until INTEGER NOT NULL,
        settings TEXT NOT NULL,
        imprint TEXT NOT NULL,
        seal BLOB NOT NULL,
        report TEXT NOT NULL,
        summary BLOB,
        baseline BLOB,
        body_seal BLOB NOT NULL
    ) STRICT;
INSERT INTO "incidents" VALUES(1,1780315200000000000,1780315200000000000,'0.1.0','kept for ever','the first',1772801802295574528,1772801931955131458,'{"incident":null,"top":1,"all_containment":false}','{"verdict":"incident","onset":1772801802295574528,"until":1772801931955131458,"requests":213,"failed":34,"harmed":34,"accused":[{"node":{"namespace":"commerce","name":"checkout"},"mechanism":"bad_version","score":0.9943}],"fell":[[{"namespace":"web","name":"storefront"},{"namespace":"commerce","name":"checkout"}]],"entries":[{"service":"storefront","operation":"POST /checkout","harm":33.0},{"service":"storefront","operation":"GET /products/{sku}","harm":1.0}],"templates":[["checkout","Request POST /orders for <*> failed after <*> ms: java.lang.NullPointerException: Cannot read field <*> because <*> is null"],["storefront","Request POST /checkout for <*> failed after <*> ms: UpstreamException: upstream answered <*>"]],"nodes":[{"at":{"name":"api.cardbridge.example"},"calls":136},{"at":{"namespace":"discovery","name":"catalog"},"calls":187},{"at":{"name":"catalog-cache"},"calls":186},{"at":{"name":"catalog-db"},"calls":23},{"at":{"namespace":"commerce","name":"checkout"},"calls":169},{"at":{"namespace":"supply","name":"fulfilment"},"calls":252},{"at":{"name":"fulfilment-db"},"calls":252},{"at":{"namespace":"supply","name":"inventory"},"calls":136},{"at":{"name":"inventory-db"},"calls":136},{"at":{"namespace":"finance","name":"ledger"},"calls":137},{"at":{"name":"ledger-db"},"calls":136},{"at":{"namespace":"commerce","name":"orders"},"calls":116},{"at":{"name":"orders-db"},"calls":116},{"at":{"name":"orders.placed"},"calls":136},{"at":{"namespace":"finance","name":"payments"},"calls":136},{"at":{"namespace":"commerce","name":"pricing"},"calls":136},{"at":{"name":"pricing-db"},"calls":136},{"at":{"namespace":"discovery","name":"recommendations"},"calls":110},{"at":{"name":"recommendations-db"},"calls":110},{"at":{"namespace":"web","name":"storefront"},"calls":475}],"edges":[{"at":[{"namespace":"discovery","name":"catalog"},{"name":"catalog-cache"}],"calls":186},{"at":[{"namespace":"discovery","name":"catalog"},{"name":"catalog-db"}],"calls":23},{"at":[{"namespace":"commerce","name":"checkout"},{"namespace":"supply","name":"inventory"}],"calls":136},{"at":[{"namespace":"commerce","name":"checkout"},{"name":"orders.placed"}],"calls":136},{"at":[{"namespace":"commerce","name":"checkout"},{"namespace":"finance","name":"payments"}],"calls":136},{"at":[{"namespace":"commerce","name":"checkout"},{"namespace":"commerce","name":"pricing"}],"calls":136},{"at":[{"namespace":"supply","name":"fulfilment"},{"name":"fulfilment-db"}],"calls":252},{"at":[{"namespace":"supply","name":"inventory"},{"name":"inventory-db"}],"calls":136},{"at":[{"namespace":"finance","name":"ledger"},{"name":"ledger-db"}],"calls":136},{"at":[{"namespace":"commerce","name":"orders"},{"namespace":"supply","name":"fulfilment"}],"calls":116},{"at":[{"namespace":"commerce","name":"orders"},{"name":"orders-db"}],"calls":116},{"at":[{"name":"orders.placed"},{"namespace":"supply","name":"fulfilment"}],"calls":136},{"at":[{"namespace":"finance","name":"payments"},{"name":"api.cardbridge.example"}],"calls":136},{"at":[{"namespace":"finance","name":"payments"},{"namespace":"finance","name":"ledger"}],"calls":137},{"at":[{"namespace":"commerce","name":"pricing"},{"name":"pricing-db"}],"calls":136},{"at":[{"namespace":"discovery","name":"recommendations"},{"name":"recommendations-db"}],"calls":110},{"at":[{"namespace":"web","name":"storefront"},{"namespace":"discovery","name":"catalog"}],"calls":187},{"at":[{"namespace":"web","name":"storefront"},{"namespace":"commerce","name":"checkout"}],"calls":169},{"at":[{"namespace":"web","name":"storefront"},{"namespace":"commerce","name":"orders"}],"calls":116},{"at":[{"namespace":"web","name":"storefront"},{"namespace":"discovery","name":"recommendations"}],"calls":110}]}',X'F387A14C8E7AEFB8218FC02442E62C89E08BAA5A9F0F86548DA6135F903185CF','{
  "schema_version": "1",
  "tool": {
    "name": "tracefall",
    "version": "0.1.0"
  },
  "input": {
    "files": 2,
    "files_skipped": 2,
    "bytes": 396592,
    "spans": 4735,
    "log_records": 1941,
    "metrics": 0,
    "traces": 475,
    "from": "2026-03-06T12:54:00.613520259Z",
    "to": "2026-03-06T12:58:51.955131458Z",
    "losses": {
      "bad_frame": 0,
      "bad_line": 0,
      "bad_record": 0,
      "invalid_enum": 0,
      "invalid_ids": 0,
      "invalid_time": 0,
      "invalid_utf8": 0,
      "not_telemetry": 0,
      "truncated_tail": 0,
      "unreadable_file": 0
    }
  },
  "baseline_input": null,
  "coverage": {
    "unpaired_client_spans": 0,
    "unpaired_server_spans": 0,
    "orphan_spans": 0,
    "rootless_traces": 0,
    "duplicate_spans": 0,
    "duplicate_logs": 0,
    "cyclic_spans": 0,
    "unnamed_spans": 0,
    "logs_without_trace": 85,
    "logs_unjoined": 0,
    "folded_keys": 0,
    "uninstrumented": [],
    "skewed_clocks": [],
    "sampling": "unknown",
    "status_blind": false,
    "digest_traces": 475
  },
  "verdict": "incident",
  "verdict_reason": "34 of 213 entry requests failed (16.0 %, usually 0.6 %); chance does as well in at most 0.5 % of shuffled inputs.",
  "incident": {
    "id": 1,
    "onset": "2026-03-06T12:56:42.295574528Z",
    "onset_earliest": "2026-03-06T12:56:35.442081792Z",
    "onset_latest": "2026-03-06T12:56:42.295574528Z",
    "end": null,
    "reference": "this input before the incident",
    "requests": 213,
    "failed": 34
  },
  "incidents": [
    {
      "id": 1,
      "onset": "2026-03-06T12:56:42.295574528Z",
      "onset_earliest": "2026-03-06T12:56:35.442081792Z",
      "onset_latest": "2026-03-06T12:56:42.295574528Z",
      "end": null,
      "reference": "this input before the incident",
      "requests": 213,
      "failed": 34
    }
  ],
  "impact": {
    "entries": [
      {
        "service": "storefront",
        "operation": "POST /checkout",
        "requests": 79,
        "requests_estimated": null,
        "failed": 33,
        "failed_before": 0.0,
        "unusual": null,
        "p50_before_ms": 209.7152,
        "p50_during_ms": 159.383552,
        "p99_before_ms": 385.875968,
        "p99_during_ms": 385.875968
      },
      {
        "service": "storefront",
        "operation": "GET /products/{sku}",
        "requests": 76,
        "requests_estimated": null,
        "failed": 1,
        "failed_before": 0.0,
        "unusual": null,
        "p50_before_ms": 30.408704,
        "p50_during_ms": 28.311552,
        "p99_before_ms": 88.080384,
        "p99_during_ms": 60.817408
      },
      {
        "service": "storefront",
        "operation": "GET /account/orders/{order}",
        "requests": 58,
        "requests_estimated": null,
        "failed": 0,
        "failed_before": 0.0,
        "unusual": null,
        "p50_before_ms": 35.651584,
        "p50_during_ms": 35.651584,
        "p99_before_ms": 48.234496,
        "p99_during_ms": 176.160768
      }
    ]
  },
  "candidates": [
    {
      "rank": 1,
      "incident_id": 1,
      "service": "checkout",
      "namespace": "commerce",
      "kind": "service",
      "service_kind": "service",
      "edge": null,
      "operation": "POST /orders",
      "instance": "bfddcec5-e8c8-4308-a338-d90310a7448d",
      "version": "4.0.0",
      "zone": null,
      "score": 0.9942687867283655,
      "prior": -2.9444389791664403,
      "mechanism": "bad_version",
      "mechanism_title": "bad version",
      "onset": "2026-03-06T12:56:42.315520027Z",
      "summary": "checkout began to fail its callers at 12:56:42 UTC; 97 % of the harmed requests come down to it (bad version 4.0.0).",
      "evidence": [
        {
          "id": "blame_share",
          "title": "share of the harm",
          "value": 0.9571428571428572,
          "unit": "share",
          "contribution": 6.050519309889298,
          "text": "33 of 34 harmed requests beyond the usual ended here (97 %)",
          "exemplars": [
            "b74c84c12c15d18e856aa5f201adb6d9",
            "470bbe5e6d94d90366892645d8e5284a",
            "55aa32860d8aeec87d3f94a12eca965b",
            "0e38bef879260bd03c6c4c98f9d73239",
            "4ee5264f98156eac997b867728a0eca1"
          ]
        },
        {
          "id": "concentration",
          "title": "on one instance, version or zone",
          "value": 0.8918918918918919,
          "unit": "share",
          "contribution": 1.0,
          "text": "89 % of calls handled by version 4.0.0 are in trouble, against 0 % elsewhere",
          "exemplars": []
        },
        {
          "id": "deployment",
          "title": "new version shortly before",
          "value": 8.371830784,
          "unit": "s",
          "contribution": 0.5,
          "text": "version 4.0.0 appeared 8 s before the first harm",
          "exemplars": []
        },
        {
          "id": "error_logs",
          "title": "burst of warnings and errors",
          "value": 42.42857142857142,
          "unit": "times",
          "contribution": 0.3,
          "text": "warnings and errors went from 0.00 to 1.30 a second, most of all \"Request POST /orders for <*> failed after <*> ms: java.lang.NullPointerException: Cannot read field <*> because <*> is null\"",
          "exemplars": []
        },
        {
          "id": "onset_order",
          "title": "began before the harm",
          "value": -0.019945472,
          "unit": "s",
          "contribution": 0.25,
          "text": "its trouble began with the first harm (0.0 s after)",
          "exemplars": []
        }
      ],
      "path": [
        {
          "from": "checkout",
          "to": "storefront",
          "lag_ms": 0
        }
      ],
      "blast_radius": {
        "services": 1,
        "failed_requests": 33
      },
      "exemplars": [
        "b74c84c12c15d18e856aa5f201adb6d9",
        "470bbe5e6d94d90366892645d8e5284a",
        "55aa32860d8aeec87d3f94a12eca965b",
        "0e38bef879260bd03c6c4c98f9d73239",
        "4ee5264f98156eac997b867728a0eca1"
      ]
    }
  ],
  "tie_note": null,
  "independent": [],
  "cascade": {
    "edges": [
      {
        "from": "checkout",
        "to": "storefront",
        "onset": "2026-03-06T12:56:42.315520027Z",
        "lag_ms": 0,
        "failure_rate": 0.4177215189873418,
        "before": 0.0
      }
    ],
    "impacted": [
      {
        "service": "checkout",
        "onset": "2026-03-06T12:56:42.315520027Z"
      },
      {
        "service": "storefront",
        "onset": "2026-03-06T12:56:42.315979027Z"
      }
    ],
    "factors": []
  },
  "containment": [
    {
      "pattern": "circuit_breaker",
      "edge": [
        "storefront",
        "checkout"
      ],
      "saved_share": -0.29523809523809524,
      "low": -1.1499125815307918,
      "high": 0.5594363910546012,
      "assumption": "refused calls fail at once and are not repeated; there is no fallback: a call that is required still fails",
      "settings": {
        "failure_rate_threshold": "50 %",
        "minimum_calls": "10 calls",
        "open_for": "8 s",
        "probes": "2 calls",
        "sliding_window": "20 calls"
      },
      "configuration": {
        "envoy": "name: checkout\noutlier_detection:\n  failure_percentage_threshold: 50\n  failure_percentage_request_volume: 10\n  failure_percentage_minimum_hosts: 1\n  enforcing_failure_percentage: 100\n  base_ejection_time: 8s\n  max_ejection_percent: 100\n",
        "istio": "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: checkout\nspec:\n  host: checkout\n  trafficPolicy:\n    outlierDetection:\n      consecutive5xxErrors: 10\n      baseEjectionTime: 8s\n      maxEjectionPercent: 100\n",
        "resilience4j": "resilience4j.circuitbreaker:\n  instances:\n    checkout:\n      slidingWindowType: COUNT_BASED\n      slidingWindowSize: 20\n      minimumNumberOfCalls: 10\n      failureRateThreshold: 50\n      waitDurationInOpenState: 8s\n      permittedNumberOfCallsInHalfOpenState: 2\n"
      }
    }
  ],
  "containment_note": "None of the patterns considered would have helped much: most of the failed requests needed what had failed."
}
',NULL,NULL,X'4E61BDDE081C1717990F422AA0A563FF3941DAF1725F9AD0A9A70CB13D730445');
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('incidents',1);
COMMIT;
PRAGMA application_id = 1952868457;
PRAGMA user_version = 1;
