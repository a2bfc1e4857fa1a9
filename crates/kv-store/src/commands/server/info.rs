//! INFO

use kv_protocol::ReplyWriter;

use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::info::{self, Wanted};
use crate::{Args, Ctx, Error};

pub(crate) static INFO: Command = Command {
    name: "INFO",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells about the server in lines of `name:value`, in all sections or in those named.",
    arity: Arity::AtLeast(1),
    flags: Flags::LOADING.and(Flags::STALE).and(Flags::DANGEROUS),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Optional(&Arg::Multiple(&Arg::String("section")))],
    reply: Shape::Verbatim,
    examples: "> SET k v EX 60\nOK\n> INFO keyspace\n\"# Keyspace\\r\\ndb0:keys=1,expires=1,avg_ttl=0\\r\\n\"",
    handler: Handler::Fn(info),
};

fn info(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let names = args.texts()?;
    ctx.session.publish(ctx.store);
    let text = info::report(ctx.store, ctx.session.now_us, &Wanted::new(names.into_iter()));
    out.verbatim(b"txt", text.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::Duration;

    use kv_protocol::{Frame, Protocol};

    use crate::testing::{Stage, check};
    use crate::{REDIS_VERSION, Registry};

    fn fields(stage: &mut Stage, command: &str) -> HashMap<String, String> {
        let reply = stage.run(command).expect("a reply");
        let text = reply.as_str().expect("a text");
        let field = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.to_owned()))
        };
        text.split("\r\n").filter_map(field).collect()
    }

    #[test]
    fn what_clients_look_for_is_there() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.clock.wind(Duration::from_secs(90_000));
        let fields = fields(&mut stage, "INFO");
        for (name, value) in [
            ("redis_version", REDIS_VERSION),
            ("kv_version", env!("CARGO_PKG_VERSION")),
            ("redis_mode", "standalone"),
            ("loading", "0"),
            ("role", "master"),
            ("connected_clients", "1"),
            ("maxmemory", "0"),
            ("maxmemory_human", "0B"),
            ("maxmemory_policy", "noeviction"),
            ("uptime_in_seconds", "90000"),
            ("uptime_in_days", "1"),
            ("cluster_enabled", "0"),
            ("used_memory", "0"),
            ("used_memory_human", "0B"),
        ] {
            assert_eq!(fields.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert_eq!(fields["run_id"].len(), 40);
    }

    #[test]
    fn counts_follow_what_happens() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.play("> SET k v\nOK\n> SET e v PX 5\nOK\n> GET k\n\"v\"\n> GET x\n(nil)\n> NOSUCH\n(error) …");
        let before = fields(&mut stage, "INFO everything");
        for (name, value) in [
            ("keyspace_hits", "1"),
            ("keyspace_misses", "1"),
            ("total_commands_processed", "6"),
            ("total_error_replies", "1"),
            ("total_connections_received", "1"),
            ("db0", "keys=2,expires=1,avg_ttl=0"),
        ] {
            assert_eq!(before.get(name).map(String::as_str), Some(value), "{name}");
        }
        let used: u64 = before["used_memory"].parse().expect("a number");
        assert!(used > 0);
        stage.clock.wind(Duration::from_millis(6));
        assert_eq!(stage.store.sweep(), 1);
        let after = fields(&mut stage, "INFO");
        assert_eq!(after["expired_keys"], "1");
        assert!(after["used_memory"].parse::<u64>().expect("a number") < used);
        assert_eq!(after["used_memory_peak"], before["used_memory"]);
        stage.play("> CONFIG RESETSTAT\nOK");
        let reset = fields(&mut stage, "INFO STATS");
        assert_eq!(reset["keyspace_hits"], "0");
        assert_eq!(reset["total_commands_processed"], "1");
    }

    #[test]
    fn a_sweep_notes_the_peak() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.play("> SET k v\nOK");
        stage.store.sweep();
        stage.play("> DEL k\n(integer) 1");
        let fields = fields(&mut stage, "INFO memory");
        let bytes = |name: &str| fields[name].parse::<u64>().expect("a number");
        // The record is gone; its table, of the smallest size, stays.
        assert_eq!(bytes("used_memory_peak") - bytes("used_memory"), 16);
    }

    #[test]
    fn the_text_is_verbatim_in_resp3() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        let reply = stage.run("INFO cluster");
        let text = "# Cluster\r\ncluster_enabled:0\r\n";
        assert_eq!(reply, Some(Frame::Verbatim { format: *b"txt", text: text.into() }));
        check("> INFO nosuch\n\"\"");
    }
}
