//! The protocol's own status of a call.

use crate::model::StatusCode;

use super::{Attributes, Key, grpc_named};

/// The HTTP or gRPC status among a span's attributes; HTTP where both are given, because a
/// gateway that speaks both answers its caller in HTTP.
pub(in crate::ingest) fn status_code(attributes: &Attributes<'_>) -> StatusCode {
    let number = |key| attributes.get(key).int().and_then(|code| u16::try_from(code).ok());
    let http = number(Key::HttpStatus).map_or(StatusCode::NONE, StatusCode::http);
    if http != StatusCode::NONE {
        return http;
    }
    match number(Key::RpcStatus) {
        Some(code) => StatusCode::grpc(code),
        None => grpc_named(attributes.get(Key::RpcStatus).str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::semantics::Value;

    #[test]
    fn numbers_text_and_names() {
        let code = |key, value| {
            let mut attributes = Attributes::default();
            attributes.set(key, value);
            status_code(&attributes)
        };
        assert_eq!(code(Key::HttpStatus, Value::Int(503)).as_http(), Some(503));
        assert_eq!(code(Key::HttpStatus, Value::from("404")).as_http(), Some(404));
        assert_eq!(code(Key::RpcStatus, Value::Int(0)).as_grpc(), Some(0));
        assert_eq!(code(Key::RpcStatus, Value::from("14")).as_grpc(), Some(14));
        assert_eq!(code(Key::RpcStatus, Value::from("DEADLINE_EXCEEDED")).as_grpc(), Some(4));
        assert_eq!(code(Key::HttpStatus, Value::Int(-1)), StatusCode::NONE);
        assert_eq!(status_code(&Attributes::default()), StatusCode::NONE);
    }
}
