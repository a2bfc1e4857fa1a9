//! A command's arguments written out, as in `key value [NX | XX] [EX seconds]`.

use std::fmt::Write;

use crate::command::Arg;

/// The syntax line of these arguments, without the command's name.
pub fn arguments(args: &[Arg]) -> String {
    let mut line = String::new();
    for (at, arg) in args.iter().enumerate() {
        if at > 0 {
            line.push(' ');
        }
        write_arg(&mut line, arg);
    }
    line
}

fn write_arg(line: &mut String, arg: &Arg) {
    match *arg {
        Arg::Key(name)
        | Arg::String(name)
        | Arg::Value(name)
        | Arg::Int(name)
        | Arg::Float(name)
        | Arg::Pattern(name)
        | Arg::UnixTime(name)
        | Arg::Token(name) => line.push_str(name),
        Arg::Option(token, value) => {
            line.push_str(token);
            line.push(' ');
            write_arg(line, value);
        }
        Arg::OneOf(_, choices) => {
            line.push('<');
            write_choices(line, choices);
            line.push('>');
        }
        Arg::Block(_, parts) => line.push_str(&arguments(parts)),
        Arg::Optional(inner) => {
            line.push('[');
            match inner {
                Arg::OneOf(_, choices) => write_choices(line, choices),
                inner => write_arg(line, inner),
            }
            line.push(']');
        }
        Arg::Multiple(inner) => {
            let inner = arguments(&[*inner]);
            // Writing to a String cannot fail.
            let _ = write!(line, "{inner} [{inner} ...]");
        }
    }
}

fn write_choices(line: &mut String, choices: &[Arg]) {
    for (at, choice) in choices.iter().enumerate() {
        if at > 0 {
            line.push_str(" | ");
        }
        write_arg(line, choice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_lines() {
        let ttl = [Arg::Option("EX", &Arg::Int("seconds")), Arg::Token("KEEPTTL")];
        let line = format!("{} {}", arguments(&[Arg::Key("key")]), {
            let ttl: &'static [Arg] = Box::leak(Box::new(ttl));
            arguments(&[Arg::Optional(Box::leak(Box::new(Arg::OneOf("ttl", ttl))))])
        });
        assert_eq!(line, "key [EX seconds | KEEPTTL]");
        let mode = Arg::OneOf("mode", &[Arg::Token("ON"), Arg::Token("OFF")]);
        assert_eq!(arguments(&[mode]), "<ON | OFF>");
        let pair: &'static Arg = &Arg::Block("data", &[Arg::Key("key"), Arg::Value("value")]);
        assert_eq!(arguments(&[Arg::Multiple(pair)]), "key value [key value ...]");
        let many = Arg::Optional(&Arg::Multiple(&Arg::Key("key")));
        assert_eq!(arguments(&[many]), "[key [key ...]]");
    }
}
