//! Parts of a declaration, said in words.

use kv_store::{Access, Keys, Log, Shape};

/// What a command answers, as in `a string`; one of several is a list in Markdown.
pub(crate) fn reply(shape: &Shape) -> String {
    match shape {
        Shape::OneOf(shapes) => {
            let lines = shapes.iter().map(|shape| format!("\n- {}", inline(shape)));
            format!("one of:\n{}", lines.collect::<String>())
        }
        shape => inline(shape),
    }
}

fn inline(shape: &Shape) -> String {
    let text = match shape {
        Shape::Ok => "the status `OK`",
        Shape::Simple => "a status",
        Shape::Int => "an integer",
        Shape::Bulk => "a string",
        Shape::Double => "a floating-point number (a double in RESP3, its text in RESP2)",
        Shape::Verbatim => "a text (a verbatim string in RESP3, a string in RESP2)",
        Shape::Value => "a value as it is stored (a string, or the frame a native client sent)",
        Shape::Null => "a null",
        Shape::Map => "a dictionary (in RESP2 a list in which every key is followed by its value)",
        Shape::Any => "what the summary says",
        Shape::Array(item) => return format!("a list (each item {})", inline(item)),
        Shape::Set(item) => return format!("a set, in RESP2 a list (each item {})", inline(item)),
        Shape::OneOf(shapes) => {
            return shapes.iter().map(inline).collect::<Vec<_>>().join(" or ");
        }
    };
    text.to_owned()
}

/// Which arguments are keys, and what is done with them.
pub(crate) fn keys(keys: &Keys) -> String {
    let used = |access: Access| match access {
        Access::Read => "read",
        Access::Write => "written",
    };
    match *keys {
        Keys::None => "none".to_owned(),
        Keys::One(at, access) => format!("argument {at}, {}", used(access)),
        Keys::Range { first, last, step, access } => {
            let which = match step {
                1 => "every argument".to_owned(),
                2 => "every second argument".to_owned(),
                step => format!("every {step}th argument"),
            };
            let last = match last {
                -1 => "the last".to_owned(),
                last if last < 0 => format!("the last but {}", -1 - last),
                last => last.to_string(),
            };
            format!("{which} from {first} to {last}, {}", used(access))
        }
        Keys::Counted { destination, count, step, access } => {
            let destination = destination.map(|at| format!("argument {at}, written; "));
            let which = if step == 1 { "the" } else { "every second of the" };
            format!(
                "{}{which} arguments that argument {count} counts, {}",
                destination.unwrap_or_default(),
                used(access)
            )
        }
        Keys::Custom { wire: (0, ..), .. } => "found by the other arguments".to_owned(),
        Keys::Custom { wire: (first, last, _), .. } if last == first as i32 => {
            format!("argument {first}, and what the other arguments say")
        }
        Keys::Custom { wire: (first, last, _), .. } => {
            format!("arguments {first} to {last}, and what the other arguments say")
        }
        Keys::Database(access) => format!("all of the database, {}", used(access)),
        Keys::Databases(access, _) => format!("all of the databases it names, {}", used(access)),
        Keys::Everything(access) => format!("all of every database, {}", used(access)),
    }
}

/// How a change by the command enters an append log.
pub(crate) fn log(log: Log) -> &'static str {
    match log {
        Log::Nothing => "nothing: it changes nothing",
        Log::Verbatim => "as it was sent, with the time it ran at",
        Log::Effect => "by its effect",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_keys_read_as_sentences() {
        let shape = Shape::OneOf(&[Shape::Array(&Shape::Bulk), Shape::Null]);
        assert_eq!(reply(&shape), "one of:\n\n- a list (each item a string)\n- a null");
        let shape = Shape::Array(&Shape::OneOf(&[Shape::Int, Shape::Null]));
        assert_eq!(reply(&shape), "a list (each item an integer or a null)");
        let every = |last, step| Keys::Range { first: 1, last, step, access: Access::Write };
        assert_eq!(keys(&every(-1, 2)), "every second argument from 1 to the last, written");
        assert_eq!(keys(&every(-2, 1)), "every argument from 1 to the last but 1, written");
        assert_eq!(keys(&Keys::One(1, Access::Read)), "argument 1, read");
    }
}
