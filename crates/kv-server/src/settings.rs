//! The settings of the transport, declared once: flags, environment, config file and `CONFIG GET`
//! all follow from this table.

use kv_store::settings::{Setting, SettingKind};

macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $kind:expr, $default:literal, $mutable:literal, $about:literal;)*) => {
        $($(#[$doc])* pub(crate) static $name: Setting = Setting {
            name: $text, kind: $kind, default: $default, mutable: $mutable, doc: $about,
        };)*
        /// Every setting of the transport; the engine's own are in
        /// [`kv_store::settings::ENGINE_SETTINGS`].
        pub static SETTINGS: &[&Setting] = &[$(&$name),*];
    };
}

const HOUR: i64 = 3600;

settings! {
    BIND = "bind", SettingKind::Text, "127.0.0.1", false,
        "Addresses to listen on, separated by spaces";
    PORT = "port", SettingKind::Int(0..=65535), "31337", false,
        "Port of the native dialect; 0 picks a free one";
    REDIS_PORT = "redis-port", SettingKind::Text, "6379", false,
        "Port of the Redis dialect; 0 picks a free one, `off` opens none";
    WORKERS = "workers", SettingKind::Int(0..=1024), "0", false,
        "Threads that serve connections; 0 is one per core";
    MAXCLIENTS = "maxclients", SettingKind::Int(1..=4_000_000), "10000", true,
        "Most clients connected at a time; further ones are turned away with an error";
    TIMEOUT = "timeout", SettingKind::Int(0..=365 * 24 * HOUR), "0", true,
        "Seconds after which an idle client is disconnected; 0 is never";
    TCP_KEEPALIVE = "tcp-keepalive", SettingKind::Int(0..=24 * HOUR), "300", false,
        "Seconds between probes of a silent connection; 0 sends none";
    TCP_BACKLOG = "tcp-backlog", SettingKind::Int(1..=65535), "511", false,
        "Connections that may wait to be accepted";
    QUERY_LIMIT = "client-query-buffer-limit", SettingKind::Bytes(1 << 20..=i32::MAX as i64), "1gb", true,
        "Most bytes of one unfinished request; a client that sends more is disconnected";
    REPLY_LIMIT = "client-reply-limit", SettingKind::Bytes(1 << 20..=1 << 40), "1gb", true,
        "Most bytes of replies that may wait for one client; one that asks for more is disconnected";
    STALL_TIMEOUT = "client-stall-timeout", SettingKind::Int(1..=24 * HOUR), "60", true,
        "Seconds for which a client may leave its replies unread before it is disconnected";
    MAX_NESTING = "proto-max-nesting", SettingKind::Int(1..=1024), "128", true,
        "Deepest nesting of arrays and dictionaries in a native argument";
    HZ = "hz", SettingKind::Int(1..=500), "10", false,
        "Times per second that expired keys are looked for";
    SHUTDOWN_TIMEOUT = "shutdown-timeout", SettingKind::Int(0..=HOUR), "10", true,
        "Seconds that a graceful stop waits for clients to read their replies";
    LOGLEVEL = "loglevel", SettingKind::Choice(&["debug", "verbose", "notice", "warning", "nothing"]),
        "notice", false, "How much is logged";
    LOG_FORMAT = "log-format", SettingKind::Choice(&["text", "json"]), "text", false,
        "How log lines look";
}
