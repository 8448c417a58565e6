//! An export request in protobuf.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use crate::ingest::batch::Batch;
use crate::model::{LossKind, ResourceId};

use super::convert::{log, pick, span};
use super::fast;
use super::signal::{Signal, signal};

/// Decodes a message of any signal into `batch`.
pub(in crate::ingest) fn decode_message(message: &[u8], batch: &mut Batch) {
    let Some(signal) = signal(message) else {
        return no_records(message, batch);
    };
    let mark = batch.mark();
    let quickly = match signal {
        Signal::Traces => fast::traces(message, batch),
        Signal::Logs => fast::logs(message, batch),
        Signal::Metrics => false,
    };
    if quickly {
        batch.signals.traces |= signal == Signal::Traces;
        batch.signals.logs |= signal == Signal::Logs;
    } else {
        batch.roll_back(mark);
        decode_fully(message, signal, batch);
    }
}

/// The same without the quick way.
pub(in crate::ingest) fn decode_fully(message: &[u8], signal: Signal, batch: &mut Batch) {
    let outcome = match signal {
        Signal::Traces => ExportTraceServiceRequest::decode(message).map(|request| {
            batch.signals.traces = true;
            traces(&request, batch);
        }),
        Signal::Logs => ExportLogsServiceRequest::decode(message).map(|request| {
            batch.signals.logs = true;
            logs(&request, batch);
        }),
        Signal::Metrics => ExportMetricsServiceRequest::decode(message).map(|request| {
            batch.signals.metrics = true;
            metrics(&request, batch);
        }),
    };
    if let Err(error) = outcome {
        batch.lose(LossKind::BadFrame, format!("no OTLP protobuf: {error}"));
    }
}

/// An export without a record is valid and says nothing; what does not even parse is a loss.
fn no_records(message: &[u8], batch: &mut Batch) {
    match ExportTraceServiceRequest::decode(message) {
        Ok(request) => {
            batch.signals.traces |= !request.resource_spans.is_empty();
        }
        Err(error) => batch.lose(LossKind::BadFrame, format!("no OTLP protobuf: {error}")),
    }
}

fn traces(request: &ExportTraceServiceRequest, batch: &mut Batch) {
    for resource in &request.resource_spans {
        let since = batch.counts();
        for found in resource.scope_spans.iter().flat_map(|scope| &scope.spans) {
            let draft = span(found, &batch.asked);
            batch.span(&draft);
        }
        let resource = emitter(resource.resource.as_ref(), batch);
        batch.settle(since, resource);
    }
}

fn logs(request: &ExportLogsServiceRequest, batch: &mut Batch) {
    for resource in &request.resource_logs {
        let since = batch.counts();
        for found in resource.scope_logs.iter().flat_map(|scope| &scope.log_records) {
            batch.log(&log(found));
        }
        let resource = emitter(resource.resource.as_ref(), batch);
        batch.settle(since, resource);
    }
}

fn metrics(request: &ExportMetricsServiceRequest, batch: &mut Batch) {
    let scopes = request.resource_metrics.iter().flat_map(|r| &r.scope_metrics);
    batch.stats.metrics += scopes.map(|scope| scope.metrics.len() as u64).sum::<u64>();
}

fn emitter(resource: Option<&Resource>, batch: &mut Batch) -> ResourceId {
    let given = resource.map_or(&[][..], |r| &r.attributes);
    let attributes = pick(given, &batch.asked);
    batch.resource(&attributes)
}
