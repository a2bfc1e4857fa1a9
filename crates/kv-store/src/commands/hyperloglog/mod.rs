//! Commands on HyperLogLogs.

pub(super) mod pfadd;
pub(super) mod pfcount;
pub(super) mod pfdebug;
pub(super) mod pfmerge;
pub(super) mod pfselftest;

use kv_types::hll::Fault;

use crate::settings::HLL_SPARSE_MAX_BYTES;
use crate::{Ctx, Error};

/// How a string that cannot be used reads on the wire.
fn refused(fault: Fault) -> Error {
    match fault {
        Fault::Foreign => Error::coded("WRONGTYPE", "Key is not a valid HyperLogLog string value."),
        Fault::Corrupt => Error::coded("INVALIDOBJ", "Corrupted HLL object detected"),
    }
}

/// Bytes that sparse registers take at most, with the header.
fn sparse_max(ctx: &Ctx<'_>) -> usize {
    usize::try_from(ctx.store.settings().number(&HLL_SPARSE_MAX_BYTES)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::commands::generic::testing::stage_with;
    use crate::testing::{Stage, check};

    #[test]
    fn other_values_are_refused() {
        let foreign = "(error) WRONGTYPE Key is not a valid HyperLogLog string value.";
        for line in
            ["PFADD s", "PFADD s a", "PFCOUNT s", "PFCOUNT h s", "PFMERGE h s", "PFMERGE s h"]
        {
            check(&format!(
                "> PFADD h a\n(integer) 1\n> SET s 12\nOK\n> {line}\n{foreign}\n> GET s\n\"12\""
            ));
            check(&format!("> SET s \"\"\nOK\n> {line}\n{foreign}\n> GET s\n\"\""));
        }
        let frames = [("n", 12.into()), ("l", Frame::Array(vec![]))];
        stage_with(&frames).play(&format!(
            "> PFADD n a\n{foreign}\n> PFCOUNT n\n{foreign}\n> PFMERGE n\n{foreign}\n> GET n\n(integer) 12
             > PFADD l a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > PFCOUNT l\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > PFMERGE h l\n(error) WRONGTYPE Operation against a key holding the wrong kind of value"
        ));
    }

    #[test]
    fn damaged_registers_are_refused() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let mut bytes = b"HYLL\x01\0\0\0\x05\0\0\0\0\0\0\x80".to_vec();
        stage.session.call([b"SET", &b"k"[..], &bytes]);
        let corrupt = "(error) INVALIDOBJ Corrupted HLL object detected";
        stage.play(&format!(
            "> PFCOUNT k\n{corrupt}\n> PFCOUNT k k\n{corrupt}\n> PFADD k a\n{corrupt}\n> PFADD k\n(integer) 0
             > PFMERGE k\n{corrupt}\n> PFDEBUG TODENSE k\n{corrupt}\n> PFDEBUG GETREG k\n{corrupt}
             > PFDEBUG DECODE k\n\"\"\n> PFDEBUG ENCODING k\nsparse"
        ));
        assert_eq!(stage.session.call(["GET", "k"]), bytes.clone().into());
        // A count that is known is not looked into.
        bytes[15] = 0;
        stage.session.call([b"SET", &b"k"[..], &bytes]);
        stage.play("> PFCOUNT k\n(integer) 5");
    }
}
