//! Random requests, from what the commands declare.

use kv_store::command::Command;
use kv_store::{Arg, Group, Registry};

use super::Words;
use super::exceptions;
use super::peer::Answers;
use super::samples;
use super::tame::tame;
use super::values::Values;
use super::vocabulary::{LEX_ENDS, keys};

/// Requests after which the session is put back to where it began: HELLO and SELECT change it.
const HOME_EVERY: usize = 50;

/// The request at which settings may change, behind those of the first home.
const FIRST: usize = 3;

/// Requests of which one is distorted.
const MUTATED_ONE_IN: u32 = 8;

/// Most times that an argument is repeated, and how often it is when a large collection is to come of it.
const MAX_REPEATS: usize = 4;
const MANY_REPEATS: std::ops::RangeInclusive<usize> = 130..=700;

/// Repetitions of elements of which one is such.
const MANY_ONE_IN: u32 = 150;

/// Counts of keys or fields of which one is not what follows.
const MISCOUNTED_ONE_IN: u32 = 20;

/// Words that are no command and no subcommand anywhere.
const UNKNOWN: [&[u8]; 6] = [b"NOSUCH", b"", b"GETT", b"\x00\xff\r\n", b"GET\r\n", &[b'x'; 200]];

/// Makes requests. Two with the same seed and commands make the same.
pub(super) struct Generator<'r> {
    commands: Vec<Known<'r>>,
    /// Running totals of the commands' weights.
    weights: Vec<u32>,
    values: Values,
    answers: Answers,
    protocol: u8,
    made: usize,
    /// Keys that the request in the making has counted.
    counted: usize,
}

struct Known<'r> {
    command: &'r Command,
    tokens: Vec<&'static str>,
}

impl<'r> Generator<'r> {
    /// Of all commands of the registry, or of those that are named, in capitals.
    pub(super) fn new(registry: &'r Registry, only: &[String], seed: u64, protocol: u8) -> Self {
        let leaves = registry.iter().flat_map(|command| match command.subcommands() {
            [] => vec![command],
            subcommands => subcommands.to_vec(),
        });
        let wanted = |command: &&Command| {
            let container = command.name.split(' ').next().unwrap_or_default();
            only.is_empty() || only.iter().any(|o| o == command.name || o == container)
        };
        let mut commands = Vec::new();
        let mut weights = Vec::new();
        let mut total = 0;
        for command in leaves.filter(wanted) {
            total += weight(command);
            let mut tokens = Vec::new();
            collect_tokens(command.args, &mut tokens);
            commands.push(Known { command, tokens });
            weights.push(total);
        }
        let (values, answers) = (Values::new(seed), Answers::default());
        Generator { commands, weights, values, answers, protocol, made: 0, counted: 1 }
    }

    /// The next request.
    pub(super) fn next(&mut self) -> Words {
        self.made += 1;
        if self.made == FIRST
            && let Some(line) = samples::settings(&mut self.values)
        {
            return words(line.split(' '));
        }
        match self.made % HOME_EVERY {
            0 => return self.homing(["HELLO", if self.protocol == 2 { "2" } else { "3" }]),
            1 => return self.homing(["SELECT", "0"]),
            2 => return self.homing(["CLIENT", "REPLY", "ON"]),
            _ => {}
        }
        let total = self.weights.last().copied().unwrap_or(0);
        if total == 0 {
            return words(["PING"]);
        }
        let ticket = self.values.rng.u32(..total);
        let chosen = self.weights.partition_point(|&weight| weight <= ticket);
        let command = self.commands[chosen].command;
        (self.values.group, self.counted) = (command.group, 1);
        let mut request: Words = command.name.split(' ').map(|w| self.cased(w)).collect();
        let named = request.len();
        match samples::line(command.name, &mut self.values) {
            Some(line) => request.extend(line.split_whitespace().map(|w| w.as_bytes().to_vec())),
            None => self.arguments(command.args, &mut request),
        }
        self.suit(&mut request);
        if self.values.once_in(MUTATED_ONE_IN) && !samples::is_exact(command.name) {
            self.mutate(&mut request, named, chosen);
        }
        tame(&mut request, &mut self.values);
        if has_word_of_ours(&request) {
            return self.homing(["SELECT", "0"]);
        }
        let answered = self.answers.expects(&request);
        if !answered && request[0].eq_ignore_ascii_case(b"QUIT") {
            // Exceptions tell why.
            return words(["PING"]);
        }
        request
    }

    /// Requests that read every key, at the end of an episode.
    pub(super) fn readings(&self) -> Vec<Words> {
        let hello = ["HELLO", if self.protocol == 2 { "2" } else { "3" }];
        let homing = [["CLIENT", "REPLY", "ON"].as_slice(), &hello, &["SELECT", "0"]];
        let homing = homing.into_iter().map(|line| words(line.iter().copied()));
        let reading = |key: &'static [u8]| {
            samples::READINGS.iter().map(move |(name, rest)| {
                let mut request = words(name.split(' '));
                request.push(key.to_vec());
                request.extend(words(rest.iter().copied()));
                request
            })
        };
        homing.chain(keys().flat_map(reading)).collect()
    }

    fn homing<const N: usize>(&mut self, line: [&str; N]) -> Words {
        let request = words(line);
        self.answers.expects(&request);
        request
    }

    /// Arguments in their order, but options in a row in any.
    fn arguments(&mut self, mut args: &[Arg], request: &mut Words) {
        loop {
            args = match args {
                [] => return,
                [Arg::Int(_), Arg::Multiple(counted), rest @ ..] => {
                    let repeats = self.repeats(counted);
                    self.counted(counted, repeats, request);
                    rest
                }
                // A polygon: some vertices that it must have are declared before those it may have.
                [
                    Arg::Option(token, Arg::Int("num-vertices")),
                    fixed @ ..,
                    Arg::Multiple(vertex),
                ] => {
                    request.push(self.cased(token));
                    let repeats = fixed.len() + self.repeats(vertex);
                    self.counted(vertex, repeats, request);
                    return;
                }
                [Arg::Optional(_), ..] => {
                    let options = args.iter().take_while(|arg| is_option(arg)).count();
                    let (options, rest) = args.split_at(options);
                    let mut order: Vec<&Arg> = options.iter().collect();
                    self.values.rng.shuffle(&mut order);
                    order.into_iter().for_each(|arg| self.argument(arg, request));
                    rest
                }
                [arg, rest @ ..] => {
                    self.argument(arg, request);
                    rest
                }
            }
        }
    }

    /// A number and as many arguments: mostly.
    fn counted(&mut self, arg: &Arg, repeats: usize, request: &mut Words) {
        self.counted = repeats;
        let miscounted = self.values.once_in(MISCOUNTED_ONE_IN);
        request.push(match miscounted {
            true if self.values.rng.bool() => self.values.hostile(),
            true => self.values.rng.usize(..=repeats + 1).to_string().into_bytes(),
            false => repeats.to_string().into_bytes(),
        });
        self.repeat(arg, repeats, request);
    }

    fn repeats(&mut self, arg: &Arg) -> usize {
        let many =
            self.values.is_of_elements() && !has_key(arg) && self.values.once_in(MANY_ONE_IN);
        if many {
            self.values.rng.usize(MANY_REPEATS)
        } else {
            self.values.rng.usize(1..=MAX_REPEATS)
        }
    }

    fn repeat(&mut self, arg: &Arg, times: usize, request: &mut Words) {
        if times >= *MANY_REPEATS.start() {
            self.values.begin_series();
        }
        (0..times).for_each(|_| self.argument(arg, request));
        self.values.series = None;
    }

    fn argument(&mut self, arg: &Arg, request: &mut Words) {
        match *arg {
            Arg::Key(name) => request.push(self.values.key(name)),
            Arg::String(name) => request.push(self.values.text(name)),
            Arg::Value(_) => request.push(self.values.string()),
            Arg::Int(name) => request.push(self.values.integer(name)),
            Arg::Float(name) => request.push(self.values.float(name)),
            Arg::Pattern(name) => request.push(self.values.pattern(name)),
            Arg::UnixTime(_) => request.push(self.values.unix_time()),
            Arg::Token(token) => request.push(self.cased(token)),
            Arg::Option(token, value) => {
                request.push(self.cased(token));
                self.argument(value, request);
            }
            Arg::OneOf(_, choices) => {
                let choice = self.values.rng.usize(..choices.len());
                self.argument(&choices[choice], request);
            }
            Arg::Block(_, parts) => self.arguments(parts, request),
            Arg::Optional(inner) => {
                if self.values.rng.u32(..5) < 2 {
                    self.argument(inner, request);
                }
            }
            Arg::Multiple(inner) => {
                // One for each key that was counted, where they are about keys: mostly.
                let about_keys = matches!(inner, Arg::Int("weight") | Arg::Float("weight"));
                let each = about_keys && !self.values.once_in(MISCOUNTED_ONE_IN);
                let repeats = if each { self.counted } else { self.repeats(inner) };
                self.repeat(inner, repeats, request);
            }
        }
    }

    /// Makes the ends of a range such as it is by, mostly: the options behind them tell.
    fn suit(&mut self, request: &mut Words) {
        let starts = [("ZRANGE", 2), ("ZRANGESTORE", 3)];
        let named = |name: &str| request[0].eq_ignore_ascii_case(name.as_bytes());
        let Some((_, start)) = starts.into_iter().find(|(name, _)| named(name)) else { return };
        let has = |token: &[u8]| request.iter().any(|word| word.eq_ignore_ascii_case(token));
        let (lex, score) = (has(b"BYLEX"), has(b"BYSCORE"));
        if !self.values.once_in(MISCOUNTED_ONE_IN) {
            request[start..start + 2].fill_with(|| match (lex, score) {
                (true, _) => self.values.pick(&LEX_ENDS).to_vec(),
                (_, true) => self.values.score_end(),
                _ => self.values.integer("start"),
            });
        }
    }

    /// A name or token, mostly as it is declared.
    fn cased(&mut self, word: &str) -> Vec<u8> {
        let mut word = word.as_bytes().to_vec();
        match self.values.rng.u32(..8) {
            0 => word.make_ascii_lowercase(),
            1 => word.iter_mut().step_by(2).for_each(|byte| *byte = byte.to_ascii_lowercase()),
            _ => {}
        }
        word
    }

    /// Makes a request that nobody declared. The first `named` words are the command's name.
    fn mutate(&mut self, request: &mut Words, named: usize, chosen: usize) {
        let rng = &mut self.values.rng;
        let end = request.len();
        let some = if end > named { Some(rng.usize(named..end)) } else { None };
        match (rng.u32(..13), some) {
            (0, Some(_)) => drop(request.pop()),
            (1, Some(at)) => drop(request.remove(at)),
            (2, Some(at)) => request.insert(at, request[at].clone()),
            (3, Some(at)) => request.push(request[at].clone()),
            (4, Some(at)) => request[at] = self.values.hostile(),
            (5, Some(at)) => {
                let other = rng.usize(named..end);
                request.swap(at, other);
            }
            (6, Some(_)) => request.truncate(named),
            (7, Some(_)) => request.extend_from_within(named..),
            (8, _) => request.push(self.values.string()),
            (9, _) if !self.commands[chosen].tokens.is_empty() => {
                let token = self.values.pick(&self.commands[chosen].tokens);
                request.push(token.as_bytes().to_vec());
                if self.values.rng.bool() {
                    let number = self.values.integer("seconds");
                    request.push(number);
                }
            }
            (10, _) => {
                let other = self.values.rng.usize(..self.commands.len());
                let tokens = &self.commands[other].tokens;
                request.extend(tokens.first().map(|token| token.as_bytes().to_vec()));
            }
            (11, _) if self.values.once_in(4) => {
                request[named - 1] = self.values.pick(&UNKNOWN).to_vec();
            }
            (12, _) if named > 1 => {
                request.truncate(1);
                request.extend(self.values.rng.bool().then(|| b"help".to_vec()));
            }
            (_, Some(at)) => request[at] = self.values.string(),
            (_, None) => request.push(self.values.string()),
        }
    }
}

/// How often a command is sent: those that work on keys make up the stream.
fn weight(command: &Command) -> u32 {
    if let Some(weight) = samples::weight(command.name) {
        return weight;
    }
    match command.group {
        Group::Connection | Group::Server | Group::Plugin => 10,
        _ => 100,
    }
}

/// Whether a word is among the arguments that the real server does not know there.
fn has_word_of_ours(request: &Words) -> bool {
    let [name, arguments @ ..] = request.as_slice() else { return false };
    let name = String::from_utf8_lossy(name).to_uppercase();
    arguments.iter().any(|word| {
        let word = String::from_utf8_lossy(word).to_uppercase();
        exceptions::is_never_sent(&format!("{name} {word}"))
    })
}

fn is_option(arg: &Arg) -> bool {
    matches!(arg, Arg::Optional(_))
}

fn has_key(arg: &Arg) -> bool {
    match *arg {
        Arg::Key(_) => true,
        Arg::OneOf(_, inner) | Arg::Block(_, inner) => inner.iter().any(has_key),
        Arg::Option(_, inner) | Arg::Optional(inner) | Arg::Multiple(inner) => has_key(inner),
        _ => false,
    }
}

fn collect_tokens(args: &[Arg], tokens: &mut Vec<&'static str>) {
    for arg in args {
        match *arg {
            Arg::Token(token) => tokens.push(token),
            Arg::Option(token, inner) => {
                tokens.push(token);
                collect_tokens(std::slice::from_ref(inner), tokens);
            }
            Arg::OneOf(_, inner) | Arg::Block(_, inner) => collect_tokens(inner, tokens),
            Arg::Optional(inner) | Arg::Multiple(inner) => {
                collect_tokens(std::slice::from_ref(inner), tokens);
            }
            _ => {}
        }
    }
}

fn words<'a>(line: impl IntoIterator<Item = &'a str>) -> Words {
    line.into_iter().map(|word| word.as_bytes().to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_requests() {
        let registry = Registry::builtin();
        let stream = |seed| {
            let mut generator = Generator::new(&registry, &[], seed, 3);
            (0..500).map(|_| generator.next()).collect::<Vec<_>>()
        };
        assert_eq!(stream(5), stream(5));
        assert_ne!(stream(5), stream(6));
    }

    #[test]
    fn only_what_is_named_is_made_apart_from_homing() {
        let registry = Registry::builtin();
        let mut generator = Generator::new(&registry, &["GET".to_owned()], 1, 2);
        for _ in 0..500 {
            let name = generator.next()[0].to_ascii_uppercase();
            assert!(!name.starts_with(b"SET"), "{:?}", String::from_utf8_lossy(&name));
        }
    }
}
