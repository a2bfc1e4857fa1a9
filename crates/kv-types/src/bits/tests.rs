//! All of it against bits that are kept one by one.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn bits_of(bytes: &[u8]) -> Vec<bool> {
    bytes.iter().flat_map(|byte| (0..8).map(move |at| byte >> (7 - at) & 1 == 1)).collect()
}

fn bytes_of(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
}

/// Mostly long runs of equal bytes: what a search passes over.
fn strings() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(0), Just(0xff), any::<u8>()];
    let run = (byte, 0usize..30).prop_map(|(byte, len)| vec![byte; len]);
    vec(run, 0..6).prop_map(|runs| runs.concat())
}

fn fields() -> impl Strategy<Value = Field> {
    let signed = (1..=64u32).prop_map(|bits| Field::parse(format!("i{bits}").as_bytes()).unwrap());
    let unsigned =
        (1..=63u32).prop_map(|bits| Field::parse(format!("u{bits}").as_bytes()).unwrap());
    prop_oneof![signed, unsigned]
}

/// A bit of the result, from the bits of all strings.
fn naive(operation: Operation, bits: &[bool]) -> bool {
    let (x, ys) = (bits[0], &bits[1..]);
    let any = ys.contains(&true);
    let ones = bits.iter().filter(|bit| **bit).count();
    match operation {
        Operation::And => ones == bits.len(),
        Operation::Or => ones > 0,
        Operation::Xor => ones % 2 == 1,
        Operation::Not => !x,
        Operation::Diff => x && !any,
        Operation::Diff1 => !x && any,
        Operation::AndOr => x && any,
        Operation::One => ones == 1,
    }
}

const OPERATIONS: [Operation; 8] = [
    Operation::And,
    Operation::Or,
    Operation::Xor,
    Operation::Not,
    Operation::Diff,
    Operation::Diff1,
    Operation::AndOr,
    Operation::One,
];

fn check_operation(operation: Operation, sources: &[Vec<u8>]) {
    let sources: Vec<&[u8]> = sources.iter().map(Vec::as_slice).collect();
    let longest = sources.iter().map(|source| source.len()).max().unwrap_or(0);
    let mut out = vec![0xa5; longest];
    operation.combine(&sources, &mut out);
    for (at, byte) in out.iter().enumerate() {
        for bit in (at * 8..).take(8) {
            let bits: Vec<bool> = sources.iter().map(|source| get(source, bit as u64)).collect();
            assert_eq!(
                byte & mask_of(bit as u64) != 0,
                naive(operation, &bits),
                "{operation:?}, bit {bit}"
            );
        }
    }
}

#[test]
fn operations_go_on_from_block_to_block() {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut string = |len| -> Vec<u8> { (0..len).map(|_| rng.u8(..)).collect() };
    let sources = [string(20_000), string(8_192), string(8_193), string(0), string(17_000)];
    OPERATIONS.into_iter().for_each(|operation| check_operation(operation, &sources));
}

#[test]
fn types_of_fields() {
    for name in ["i1", "i64", "u1", "u63"] {
        assert!(Field::parse(name.as_bytes()).is_some(), "{name}");
    }
    for name in
        ["", "i", "u", "i0", "u0", "i65", "u64", "U8", "x8", "u08", "u8 ", "i-1", "i4294967304"]
    {
        assert_eq!(Field::parse(name.as_bytes()), None, "{name}");
    }
}

proptest! {
    #[test]
    fn one_bit(mut bytes in strings(), at in 0..2000u64, bit: bool) {
        let mut bits = bits_of(&bytes);
        prop_assert_eq!(get(&bytes, at), bits.get(at as usize).copied().unwrap_or(false));
        if let Some(model) = bits.get_mut(at as usize) {
            prop_assert_eq!(set(&mut bytes, at, bit), std::mem::replace(model, bit));
            prop_assert_eq!(bytes_of(&bits), bytes);
        }
    }

    #[test]
    fn counting(bytes in strings(), start in 0..1500u64, len in 0..1500u64) {
        let bits = bits_of(&bytes);
        prop_assert_eq!(count(&bytes), bits.iter().filter(|bit| **bit).count() as u64);
        let part = bits.iter().skip(start as usize).take(len as usize);
        prop_assert_eq!(count_in(&bytes, start..start + len), part.filter(|bit| **bit).count() as u64);
    }

    #[test]
    fn finding(bytes in strings(), start in 0..1500u64, len in 0..1500u64, bit: bool) {
        let bits = bits_of(&bytes);
        let part = bits.iter().skip(start as usize).take(len as usize);
        let expected = part.enumerate().find(|(_, b)| **b == bit).map(|(at, _)| start + at as u64);
        prop_assert_eq!(find(&bytes, bit, start..start + len), expected);
    }

    #[test]
    fn operations(sources in vec(strings(), 1..5), which in 0..OPERATIONS.len()) {
        check_operation(OPERATIONS[which], &sources);
    }

    #[test]
    fn fields_hold_what_fits(mut bytes in strings(), field in fields(), at in 0..1500u64, value: i64) {
        let width = u64::from(field.bits());
        let outside = |bits: &[bool]| -> Vec<bool> {
            let bits = bits.iter().enumerate();
            bits.filter(|(n, _)| !(at..at + width).contains(&(*n as u64))).map(|(_, bit)| *bit).collect()
        };
        let old: i128 = (at..at + width).fold(0, |n, bit| n << 1 | i128::from(get(&bytes, bit)));
        prop_assert_eq!(Some(field.read(&bytes, at)), field.fit(old, Overflow::Wrap));
        bytes.resize(bytes.len().max((at + width).div_ceil(8) as usize), 0);
        let before = bits_of(&bytes);
        field.write(&mut bytes, at, value);
        prop_assert_eq!(Some(field.read(&bytes, at)), field.fit(value.into(), Overflow::Wrap));
        prop_assert_eq!(outside(&bits_of(&bytes)), outside(&before));
    }

    #[test]
    fn overflows(field in fields(), a: i64, b: i64, shift in 0..64u32) {
        let number = i128::from(a >> shift) + i128::from(b);
        let wrapped = field.fit(number, Overflow::Wrap).unwrap();
        prop_assert_eq!((i128::from(wrapped) - number) % (1i128 << field.bits()), 0);
        let saturated = field.fit(number, Overflow::Saturate).unwrap();
        let fits = i128::from(wrapped) == number;
        prop_assert_eq!(i128::from(saturated) == number, fits);
        prop_assert_eq!(field.fit(number, Overflow::Fail), fits.then_some(wrapped));
        if !fits {
            // The next number beyond is the first that does not fit.
            let beyond = i128::from(saturated) + if number > 0 { 1 } else { -1 };
            prop_assert_eq!(field.fit(beyond, Overflow::Fail), None);
            prop_assert_eq!(field.fit(i128::from(saturated), Overflow::Fail), Some(saturated));
        }
    }
}
