//! LOLWUT

use kv_protocol::ReplyWriter;

use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::info::KV_VERSION;
use crate::{Args, Ctx, Error};

pub(crate) static LOLWUT: Command = Command {
    name: "LOLWUT",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Draws a small picture, another one each time, and tells the version.",
    arity: Arity::AtLeast(1),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Optional(&Arg::Option("VERSION", &Arg::Int("version")))],
    reply: Shape::Verbatim,
    examples: "> LOLWUT\n\"…",
    handler: Handler::Fn(lolwut),
};

/// Cells in a line of the picture.
const WIDTH: usize = 64;
/// Lines of the picture.
const HEIGHT: usize = 24;
/// Rules of Wolfram's numbering under which a line of random cells grows into something to look at.
const RULES: [u8; 8] = [22, 30, 54, 73, 90, 105, 110, 150];

fn lolwut(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    // There is one picture for all versions.
    if args.token("VERSION") {
        args.int()?;
    }
    args.finish()?;
    let rng = &mut ctx.session.rng;
    let rule = RULES[rng.usize(..RULES.len())];
    let mut cells: Vec<bool> = (0..WIDTH).map(|_| rng.u8(..4) == 0).collect();
    let mut picture = String::new();
    for _ in 0..HEIGHT {
        picture.extend(cells.iter().map(|&alive| if alive { '#' } else { ' ' }));
        picture.push('\n');
        cells = next(&cells, rule);
    }
    picture.push_str(&format!(
        "\nA line of keys, and what rule {rule} makes of it. kv {KV_VERSION}\n"
    ));
    out.verbatim(b"txt", picture.as_bytes());
    Ok(())
}

/// The next line: each cell from itself and its two neighbours, in a ring.
fn next(cells: &[bool], rule: u8) -> Vec<bool> {
    let at = |index: usize| u8::from(cells[index % cells.len()]);
    let cell = |index| {
        let pattern = at(index + cells.len() - 1) << 2 | at(index) << 1 | at(index + 1);
        rule >> pattern & 1 == 1
    };
    (0..cells.len()).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use kv_protocol::Protocol;

    use super::{HEIGHT, WIDTH, next};
    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn rule_90_draws_a_triangle() {
        let line = |text: &str| -> Vec<bool> { text.bytes().map(|byte| byte == b'#').collect() };
        assert_eq!(next(&line("   #   "), 90), line("  # #  "));
        assert_eq!(next(&line("  # #  "), 90), line(" #   # "));
    }

    #[test]
    fn a_picture_and_a_version() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let mut draw = || stage.run("LOLWUT").expect("a reply").as_str().expect("text").to_owned();
        let (first, second) = (draw(), draw());
        assert_ne!(first, second);
        let lines: Vec<&str> = first.lines().collect();
        assert_eq!(lines.len(), HEIGHT + 2);
        assert!(lines[..HEIGHT].iter().all(|line| line.len() == WIDTH));
        check(
            "
            > LOLWUT VERSION 5
            \"…
            > LOLWUT VERSION x
            (error) ERR value is not an integer or out of range
            > LOLWUT x
            (error) ERR syntax error
            ",
        );
    }
}
