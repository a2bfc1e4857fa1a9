//! PFSELFTEST

use kv_protocol::ReplyWriter;
use kv_types::ValueBuf;
use kv_types::hll::{self, Element, Fault, Hll, Registers};

use super::refused;
use crate::command::{Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static PFSELFTEST: Command = Command {
    name: "PFSELFTEST",
    group: Group::HyperLogLog,
    since: "0.1.0",
    complexity: "O(1), with a large constant",
    summary: "Checks that HyperLogLogs count as they should on this machine.",
    arity: Arity::Exactly(1),
    flags: Flags::ADMIN,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Ok,
    examples: "> PFSELFTEST\nOK",
    handler: Handler::Fn(pfselftest),
};

/// Elements of the largest set that is counted.
const ELEMENTS: u32 = 1000;
/// By how much of itself a count may be wrong: five times the standard error.
const TOLERANCE: f64 = 5.0 * 0.0081;

fn pfselftest(
    _ctx: &mut Ctx<'_>,
    _args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    // As sparse registers for as long as it goes, and as dense ones from the start.
    let mut values = [usize::MAX, 0].map(|sparse_max| (ValueBuf::copied(&hll::EMPTY), sparse_max));
    for added in 1..=ELEMENTS {
        let element = Element::of(&added.to_le_bytes());
        for (value, sparse_max) in &mut values {
            hll::add(value, [element], *sparse_max).map_err(refused)?;
        }
        if added.is_power_of_two() || added == ELEMENTS {
            let [sparse, dense] = values.each_ref().map(|(value, _)| counts(value));
            let counts = [sparse.map_err(refused)?, dense.map_err(refused)?].concat();
            let off = (counts[0] as f64 - f64::from(added)).abs() / f64::from(added);
            if off > TOLERANCE || counts.iter().any(|count| *count != counts[0]) {
                let text = format!("of {added} elements these were counted: {counts:?}");
                return Err(Error::coded("TESTFAILED", text));
            }
        }
    }
    out.ok();
    Ok(())
}

/// The count of a HyperLogLog, in both ways that there are to count.
fn counts(value: &[u8]) -> Result<[u64; 2], Fault> {
    let hll = Hll::parse(value)?;
    let mut registers = Registers::new();
    registers.merge(hll)?;
    Ok([hll.count()?, registers.count()])
}
