//! Replies as JSON, and JSON as arguments: one is the other's inverse as far as JSON reaches.

use std::collections::HashSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kv_client::Frame;
use serde_json::{Map, Number, Value};

/// Keys of the objects that stand for what JSON has no value for.
const BASE64: &str = "base64";
const DOUBLE: &str = "double";
const ERROR: &str = "error";

/// A reply as JSON; `--help` tells how. Attributes are left out.
pub(crate) fn from_frame(frame: &Frame) -> Value {
    match frame {
        Frame::Simple(text)
        | Frame::Bulk(text)
        | Frame::BigNumber(text)
        | Frame::Verbatim { text, .. } => from_text(text),
        Frame::Error(text) | Frame::BulkError(text) => object(ERROR, from_text(text)),
        Frame::Integer(value) => Value::from(*value),
        Frame::Double(value) => from_double(*value),
        Frame::Boolean(value) => Value::Bool(*value),
        Frame::Null | Frame::NullArray => Value::Null,
        Frame::Array(frames) | Frame::Set(frames) | Frame::Push(frames) => {
            frames.iter().map(from_frame).collect()
        }
        Frame::Map(pairs) => from_pairs(pairs),
        Frame::Attribute { frame, .. } => from_frame(frame),
    }
}

/// An error as JSON.
pub(crate) fn from_error(text: &str) -> Value {
    object(ERROR, Value::from(text))
}

fn object(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

fn from_text(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::from(text),
        Err(_) => object(BASE64, Value::from(BASE64_STANDARD.encode(bytes))),
    }
}

fn from_double(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => object(DOUBLE, Value::from("nan")),
        None => object(DOUBLE, Value::from(if value > 0.0 { "inf" } else { "-inf" })),
    }
}

fn from_pairs(pairs: &[(Frame, Frame)]) -> Value {
    let keys: Option<Vec<&str>> = pairs.iter().map(|(key, _)| text_of(key)).collect();
    if let Some(keys) = keys
        && is_plain_object(&keys)
    {
        let values = pairs.iter().map(|(_, value)| from_frame(value));
        return Value::Object(keys.into_iter().map(str::to_owned).zip(values).collect());
    }
    let pair = |(key, value): &(Frame, Frame)| Value::from([from_frame(key), from_frame(value)]);
    pairs.iter().map(pair).collect()
}

fn text_of(key: &Frame) -> Option<&str> {
    match key {
        Frame::Simple(text) | Frame::Bulk(text) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

/// Whether an object can hold these keys: none of them twice, and it isn't one of the objects
/// that stand for something else.
fn is_plain_object(keys: &[&str]) -> bool {
    let different: HashSet<_> = keys.iter().collect();
    different.len() == keys.len() && !matches!(keys, [BASE64 | DOUBLE | ERROR])
}

/// An argument of the command line: JSON, or any other text as it is.
///
/// # Errors
/// What is wrong with an argument that begins like an array or a dictionary and isn't one.
pub(crate) fn to_argument(text: &[u8]) -> Result<Frame, String> {
    match serde_json::from_slice(text) {
        Ok(value) => to_frame(value),
        Err(error)
            if text.trim_ascii_start().starts_with(b"{")
                || text.trim_ascii_start().starts_with(b"[") =>
        {
            Err(format!("not JSON: {error}"))
        }
        Err(_) => Ok(Frame::from(text)),
    }
}

fn to_frame(value: Value) -> Result<Frame, String> {
    Ok(match value {
        Value::Null => Frame::Null,
        Value::Bool(value) => Frame::Boolean(value),
        Value::Number(number) => to_number(&number),
        Value::String(text) => Frame::from(text),
        Value::Array(values) => {
            Frame::Array(values.into_iter().map(to_frame).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => to_map(members)?,
    })
}

fn to_number(number: &Number) -> Frame {
    match (number.as_i64(), number.as_f64()) {
        (Some(value), _) => Frame::Integer(value),
        // Whole, and past the integers of the protocol.
        (None, _) if number.is_u64() => Frame::BigNumber(number.to_string().into()),
        (None, value) => Frame::Double(value.unwrap_or(f64::NAN)),
    }
}

fn to_map(members: Map<String, Value>) -> Result<Frame, String> {
    if members.len() == 1
        && let Some((key, Value::String(text))) = members.iter().next()
    {
        match (key.as_str(), text.as_str()) {
            (BASE64, text) => {
                let bytes = BASE64_STANDARD.decode(text);
                return bytes.map(Frame::from).map_err(|error| format!("not base64: {error}"));
            }
            (DOUBLE, "nan") => return Ok(Frame::Double(f64::NAN)),
            (DOUBLE, "inf") => return Ok(Frame::Double(f64::INFINITY)),
            (DOUBLE, "-inf") => return Ok(Frame::Double(f64::NEG_INFINITY)),
            _ => {}
        }
    }
    let pair = |(key, value)| Ok((Frame::from(String::as_str(&key)), to_frame(value)?));
    members.into_iter().map(pair).collect::<Result<_, String>>().map(Frame::Map)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is printed, which must read back as the same JSON.
    fn printed(frame: &Frame) -> String {
        let value = from_frame(frame);
        let text = value.to_string();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(!text.contains('\n'));
        text
    }

    fn map(pairs: &[(Frame, i64)]) -> Frame {
        Frame::Map(pairs.iter().map(|(key, value)| (key.clone(), (*value).into())).collect())
    }

    #[test]
    fn every_frame_is_one_line_of_json() {
        let keys = |names: &[&str]| -> Vec<_> {
            names.iter().zip(1..).map(|(name, value)| (Frame::from(*name), value)).collect()
        };
        let binary = || Frame::from(vec![0xff, 0]);
        for (frame, expected) in [
            (Frame::from("a\"\n\u{1}é"), r#""a\"\n\u0001é""#),
            (Frame::Simple("OK".into()), r#""OK""#),
            (binary(), r#"{"base64":"/wA="}"#),
            (Frame::Simple(vec![0xfe].into()), r#"{"base64":"/g=="}"#),
            (Frame::Verbatim { format: *b"txt", text: "hi".into() }, r#""hi""#),
            (Frame::BigNumber("18446744073709551616".into()), r#""18446744073709551616""#),
            (Frame::Integer(i64::MIN), "-9223372036854775808"),
            (Frame::Double(1.5), "1.5"),
            (Frame::Double(1e300), "1e+300"),
            (Frame::Double(f64::NAN), r#"{"double":"nan"}"#),
            (Frame::Double(f64::INFINITY), r#"{"double":"inf"}"#),
            (Frame::Double(f64::NEG_INFINITY), r#"{"double":"-inf"}"#),
            (Frame::Boolean(true), "true"),
            (Frame::Null, "null"),
            (Frame::NullArray, "null"),
            (Frame::Error("ERR no".into()), r#"{"error":"ERR no"}"#),
            (Frame::BulkError(vec![0xff].into()), r#"{"error":{"base64":"/w=="}}"#),
            (Frame::Array(vec![Frame::Null, Frame::Set(vec![1.into()])]), "[null,[1]]"),
            (Frame::Push(vec![]), "[]"),
            (map(&[]), "{}"),
            (map(&keys(&["b", "a"])), r#"{"b":1,"a":2}"#),
            (map(&keys(&["a", "a"])), r#"[["a",1],["a",2]]"#),
            (map(&[(Frame::Integer(5), 1)]), "[[5,1]]"),
            (map(&[(binary(), 1)]), r#"[[{"base64":"/wA="},1]]"#),
            (map(&keys(&["base64"])), r#"[["base64",1]]"#),
            (map(&keys(&["error", "double"])), r#"{"error":1,"double":2}"#),
        ] {
            assert_eq!(printed(&frame), expected);
        }
        let decorated = Frame::Attribute { attributes: vec![], frame: Box::new(7.into()) };
        assert_eq!(printed(&decorated), "7");
    }

    #[test]
    fn arguments_are_json_where_they_can_be() {
        let pair = |key: &str, value| (Frame::from(key), value);
        for (text, expected) in [
            ("hello", Frame::from("hello")),
            ("\"hello\"", Frame::from("hello")),
            ("", Frame::from("")),
            ("12", Frame::Integer(12)),
            ("007", Frame::from("007")),
            ("18446744073709551615", Frame::BigNumber("18446744073709551615".into())),
            ("1.0", Frame::Double(1.0)),
            ("true", Frame::Boolean(true)),
            ("null", Frame::Null),
            ("[1,\"x\",[]]", Frame::Array(vec![1.into(), "x".into(), Frame::Array(vec![])])),
            (
                " {\"b\":null,\"a\":{}}",
                Frame::Map(vec![pair("b", Frame::Null), pair("a", Frame::Map(vec![]))]),
            ),
            ("{\"base64\":\"/wA=\"}", Frame::from(vec![0xff, 0])),
            ("{\"base64\":1}", Frame::Map(vec![pair("base64", 1.into())])),
            ("{\"double\":\"-inf\"}", Frame::Double(f64::NEG_INFINITY)),
        ] {
            assert_eq!(to_argument(text.as_bytes()).unwrap(), expected, "{text}");
        }
        assert_eq!(to_argument(b"\xff").unwrap(), Frame::from(vec![0xff]));
        for wrong in ["{a:1}", " [1,", "{\"base64\":\"?\"}"] {
            assert!(to_argument(wrong.as_bytes()).is_err(), "{wrong}");
        }
        let deep = "[".repeat(100_000);
        assert!(to_argument(deep.as_bytes()).is_err());
    }

    #[test]
    fn what_is_printed_can_be_sent_back() {
        for text in [r#"{"a":[1,2.5,null,true,{"b":{"base64":"/wA="}}]}"#, r#"{"double":"inf"}"#] {
            let frame = to_argument(text.as_bytes()).unwrap();
            assert_eq!(from_frame(&frame).to_string(), text);
        }
    }
}
