//! What answers can be read as: the table of `FromFrame`.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use kv_client::{Error, Frame, FromFrame};

fn read<T: FromFrame>(wire: &str) -> Result<T, Error> {
    let (frame, length) = Frame::parse(wire.as_bytes()).unwrap().unwrap();
    assert_eq!(length, wire.len());
    T::from_frame(frame)
}

macro_rules! reads {
    ($($wire:expr => $value:expr;)+) => {
        $(assert_eq!(read($wire), Ok($value), "{}", $wire);)+
    };
}

macro_rules! refuses {
    ($($type:ty: $($wire:expr),+;)+) => {
        $($(
            let result = read::<$type>($wire);
            assert!(matches!(result, Err(Error::Conversion { .. })), "{}: {result:?}", $wire);
        )+)+
    };
}

#[test]
fn scalars() {
    reads! {
        "+OK\r\n" => "OK".to_owned();
        "$2\r\nhi\r\n" => "hi".to_owned();
        "=6\r\ntxt:hi\r\n" => "hi".to_owned();
        "(12345678901234567890\r\n" => "12345678901234567890".to_owned();
        ":-7\r\n" => "-7".to_owned();
        ",1.5\r\n" => "1.5".to_owned();
        "#t\r\n" => "1".to_owned();
        "$2\r\nhi\r\n" => b"hi".to_vec();
        "$2\r\nhi\r\n" => Bytes::from("hi");
        ":7\r\n" => 7i64;
        ":-128\r\n" => -128i8;
        "$3\r\n255\r\n" => 255u16;
        "(18446744073709551615\r\n" => u64::MAX;
        ":9\r\n" => 9usize;
        ",1.5\r\n" => 1.5f64;
        ":3\r\n" => 3f64;
        "$3\r\n1e3\r\n" => 1000f64;
        "$4\r\n-inf\r\n" => f64::NEG_INFINITY;
        ",0.5\r\n" => 0.5f32;
        "#t\r\n" => true;
        "#f\r\n" => false;
        ":1\r\n" => true;
        "$1\r\n0\r\n" => false;
        "+anything\r\n" => ();
        "$-1\r\n" => ();
        "|1\r\n+ttl\r\n:3\r\n:7\r\n" => 7i64;
        "|1\r\n+ttl\r\n:3\r\n_\r\n" => None::<i64>;
    }
    assert!(read::<f64>(",nan\r\n").unwrap().is_nan());
}

#[test]
fn nulls_lists_and_maps() {
    let map = || BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    reads! {
        "$-1\r\n" => None::<String>;
        "*-1\r\n" => None::<Vec<String>>;
        "_\r\n" => None::<i64>;
        ":1\r\n" => Some(1);
        "*2\r\n:1\r\n:2\r\n" => vec![1, 2];
        "~1\r\n:1\r\n" => vec![1];
        "*2\r\n$1\r\na\r\n$-1\r\n" => vec![Some("a".to_owned()), None];
        "*0\r\n" => Vec::<i64>::new();
        "%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n" => map();
        "*4\r\n+a\r\n:1\r\n+b\r\n:2\r\n" => map();
        "%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n" => map().into_iter().collect::<HashMap<_, _>>();
        "%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n" => map().into_iter().collect::<Vec<_>>();
        "*2\r\n+a\r\n:1\r\n" => ("a".to_owned(), 1);
        "*3\r\n+a\r\n:1\r\n#t\r\n" => ("a".to_owned(), 1, true);
        "*4\r\n:1\r\n:2\r\n:3\r\n*0\r\n" => (1, 2, 3, Vec::<()>::new());
        "%1\r\n+k\r\n*2\r\n:1\r\n$-1\r\n" => BTreeMap::from([("k".to_owned(), vec![Some(1), None])]);
    }
}

#[test]
fn what_does_not_fit_is_an_error_that_says_so() {
    refuses! {
        String: "$-1\r\n", "*0\r\n", "%0\r\n";
        i8: ":128\r\n", ":-129\r\n", "$1\r\nx\r\n", "$0\r\n\r\n", ",1\r\n", "_\r\n";
        u64: ":-1\r\n", "(18446744073709551616\r\n";
        f64: "$1\r\nx\r\n", "#t\r\n", "_\r\n";
        bool: ":2\r\n", "$4\r\ntrue\r\n", "+OK\r\n", "_\r\n";
        Vec<i64>: ":1\r\n", "$-1\r\n", "*1\r\n+x\r\n";
        BTreeMap<String, i64>: "*3\r\n+a\r\n:1\r\n+b\r\n", ":1\r\n", "%1\r\n+a\r\n+x\r\n";
        (i64, i64): "*1\r\n:1\r\n", "*3\r\n:1\r\n:2\r\n:3\r\n";
    }
    let not_text = String::from_frame(Frame::from(vec![0xff, b'a'])).unwrap_err();
    assert_eq!(not_text.to_string(), "expected UTF-8 text, got \"\\xffa\"");
    let not_number = read::<i64>("$3\r\nabc\r\n").unwrap_err();
    assert_eq!(not_number.to_string(), "expected a number that fits i64, got \"abc\"");
    assert!(!not_number.is_retry_safe());
}

#[test]
fn errors_within_answers_are_errors() {
    let expected = Error::Server { code: "ERR".to_owned(), message: "no".to_owned() };
    assert_eq!(read::<Vec<i64>>("*2\r\n:1\r\n-ERR no\r\n"), Err(expected.clone()));
    assert_eq!(read::<()>("-ERR no\r\n"), Err(expected.clone()));
    assert_eq!(read::<Option<i64>>("!6\r\nERR no\r\n"), Err(expected));
    assert!(matches!(read::<Frame>("-ERR no\r\n"), Ok(Frame::Error(_))));
}

#[test]
fn an_errors_code_is_its_first_word_in_capitals() {
    let parts = |text| match read::<()>(text) {
        Err(error @ Error::Server { .. }) => {
            (error.code().unwrap().to_owned(), error.is_retry_safe(), error.to_string())
        }
        other => panic!("{other:?}"),
    };
    let row = |code: &str, safe, text: &str| (code.to_owned(), safe, text.to_owned());
    assert_eq!(parts("-WRONGTYPE no\r\n"), row("WRONGTYPE", false, "WRONGTYPE no"));
    assert_eq!(parts("-LOADING wait\r\n"), row("LOADING", true, "LOADING wait"));
    assert_eq!(parts("-missing key\r\n"), row("", false, "missing key"));
    assert_eq!(parts("-BUSY\r\n"), row("BUSY", true, "BUSY"));
}
