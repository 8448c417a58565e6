//! Every setting that the file knows.

/// A setting, as the documentation lists it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name with that of its table, such as `errors.http_4xx`. A table in which every key is
    /// the user's own ends in `.*`.
    pub path: &'static str,
    /// What it is unless it is set, as TOML; empty if it is nothing.
    pub default: &'static str,
    /// What nothing means, in words.
    pub absent: &'static str,
}

const fn key(path: &'static str, default: &'static str, absent: &'static str) -> Key {
    Key { path, default, absent }
}

/// All settings; those of the root first, then table by table.
pub const KEYS: &[Key] = &[
    key("color", "\"auto\"", ""),
    key("width", "", "that of the terminal, or 100"),
    key("tz", "\"UTC\"", ""),
    key("threads", "", "all cores"),
    key("memory", "", "no bound"),
    key("trace_url", "", "traces are no links"),
    key("dimensions", "[]", ""),
    key("errors.http_4xx", "\"client\"", ""),
    key("errors.http_failures", "[]", ""),
    key("errors.http_successes", "[]", ""),
    key("errors.grpc_failures", "[]", ""),
    key("errors.grpc_successes", "[]", ""),
    key("errors.ignored_types", "[]", ""),
    key("errors.ignored_operations", "[]", ""),
    key("entries.count", "[]", ""),
    key("entries.never", "[]", ""),
    key("noise.defaults", "true", ""),
    key("noise.operations", "[]", ""),
    key("noise.keep", "[]", ""),
    key("noise.user_agents", "[]", ""),
    key("noise.keep_user_agents", "[]", ""),
    key("noise.synthetic", "", "`bot` and `test`, or nothing without `noise.defaults`"),
    key("aliases.*", "", "services go by their own names"),
    key("peers.*", "", "peers go by the names that callers use"),
    key("teams.*", "", "the namespace of a service is its team"),
];
