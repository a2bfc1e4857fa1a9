//! Against a model of one register after the other, and against what a real server has written.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// The setting's default.
const SPARSE_MAX: usize = 3000;

fn empty() -> ValueBuf {
    ValueBuf::copied(&EMPTY)
}

fn with(elements: impl IntoIterator<Item = Element>, sparse_max: usize) -> ValueBuf {
    let mut value = empty();
    add(&mut value, elements, sparse_max).unwrap();
    value
}

fn registers(value: &[u8]) -> Registers {
    let mut registers = Registers::new();
    registers.merge(Hll::parse(value).unwrap()).unwrap();
    registers
}

fn words(names: &[&str]) -> Vec<Element> {
    names.iter().map(|name| Element::of(name.as_bytes())).collect()
}

/// The first `count` numbers as texts.
fn numbers(count: u32) -> impl Iterator<Item = Element> {
    (0..count).map(|number| Element::of(number.to_string().as_bytes()))
}

/// Registers near each other, so that runs are split and merged, and now and then any.
fn elements() -> impl Strategy<Value = Vec<Element>> {
    let near = (100..160usize, 1..5u8);
    let any = (0..REGISTERS, 1..=51u8);
    let element = prop_oneof![8 => near, 1 => any];
    vec(element.prop_map(|(register, rank)| Element { register, rank }), 0..300)
}

#[test]
fn bytes_are_those_of_a_real_server() {
    let value = with(words(&["a"]), SPARSE_MAX);
    assert_eq!(&value[..], b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80q\xa6\x84NW");
    let value = with(words(&["a", "b", "c", "x", "y", "z"]), SPARSE_MAX);
    let runs = b"`\xf3\x80@\x8f\x80P \x84H\xab\x88CN\x80BP\x84\x08";
    assert_eq!(value[HEADER..], runs[..]);
}

#[test]
fn counts_are_those_of_a_real_server() {
    let counts = [(0, 0), (1, 1), (100, 100), (1000, 1001), (3000, 3004), (100_000, 99_565)];
    for (added, counted) in counts {
        let value = with(numbers(added), SPARSE_MAX);
        assert_eq!(Hll::parse(&value).unwrap().count(), Ok(counted), "{added}");
        assert_eq!(registers(&value).count(), counted);
    }
}

#[test]
fn a_count_is_known_until_a_register_changes() {
    let mut value = empty();
    assert_eq!(Hll::parse(&value).unwrap().known_count(), None);
    set_count(&mut value, 0);
    assert_eq!(Hll::parse(&value).unwrap().known_count(), Some(0));
    assert_eq!(add(&mut value, words(&["a"]), SPARSE_MAX), Ok(true));
    assert_eq!(Hll::parse(&value).unwrap().known_count(), None);
    set_count(&mut value, 258);
    assert_eq!(add(&mut value, words(&["a"]), SPARSE_MAX), Ok(false));
    assert_eq!(make_dense(&mut value), Ok(true));
    assert_eq!(make_dense(&mut value), Ok(false));
    assert_eq!(Hll::parse(&value).unwrap().known_count(), Some(258));
    assert_eq!(add(&mut value, words(&["b"]), SPARSE_MAX), Ok(true));
    assert_eq!(Hll::parse(&value).unwrap().known_count(), None);
}

#[test]
fn registers_become_dense_when_they_are_many() {
    let mut value = empty();
    let mut longest = 0;
    for element in numbers(2000) {
        add(&mut value, [element], SPARSE_MAX).unwrap();
        if Hll::parse(&value).unwrap().encoding() == Encoding::Sparse {
            longest = value.len();
        }
    }
    assert_eq!(value.len(), DENSE_LEN);
    assert!((SPARSE_MAX - 3..=SPARSE_MAX).contains(&longest), "{longest}");
    // A rank that no run can have makes them dense, too.
    let high = Element { register: 7, rank: 33 };
    assert_eq!(with([high], SPARSE_MAX).len(), DENSE_LEN);
}

#[test]
fn the_error_is_as_small_as_it_should_be() {
    for added in [200, 5000, 200_000] {
        let counted = Hll::parse(&with(numbers(added), SPARSE_MAX)).unwrap().count().unwrap();
        let error = (counted as f64 - f64::from(added)).abs() / f64::from(added);
        assert!(error < 4.0 * 0.0081, "{added}: {counted}");
    }
}

#[test]
fn damaged_registers_are_found_and_left_as_they_are() {
    let header = &EMPTY[..HEADER];
    for runs in [&b""[..], b"\x7f\xfe", b"\x7f\xff\x00", b"\x7f\xfe\x81", b"\x7f", b"\x7f\xff\x7f"]
    {
        let bytes = [header, runs].concat();
        let hll = Hll::parse(&bytes).unwrap();
        assert_eq!(hll.count(), Err(Fault::Corrupt), "{runs:x?}");
        assert_eq!(Registers::new().merge(hll), Err(Fault::Corrupt));
        assert_eq!(make_dense(&mut ValueBuf::copied(&bytes)), Err(Fault::Corrupt));
    }
    // Cut short it is a run of 16,129: enough, but none to change.
    let cut = [header, b"\x40\xfe\x7f"].concat();
    assert_eq!(Hll::parse(&cut).unwrap().count(), Ok(0));
    let last = Element { register: REGISTERS - 1, rank: 1 };
    assert_eq!(add(&mut ValueBuf::copied(&cut), [last], SPARSE_MAX), Err(Fault::Corrupt));
    // The first register is there, the last is not.
    let mut value = ValueBuf::copied(&[header, b"\x7f\xfe"].concat());
    let both = [0, REGISTERS - 1].map(|register| Element { register, rank: 1 });
    assert_eq!(add(&mut value, both, SPARSE_MAX), Err(Fault::Corrupt));
    assert_eq!(value[HEADER..], b"\x7f\xfe"[..]);
    assert_eq!(add(&mut value, [both[0]], SPARSE_MAX), Ok(true));
}

#[test]
fn what_is_none() {
    let dense = with(numbers(9), 0);
    let long = [&dense[..], b"x"].concat();
    let other = [&b"HYLL\x02"[..], &[0; 20]].concat();
    for bytes in
        [&b""[..], b"HYLL\x01", b"HYLM\x01\0\0\0\0\0\0\0\0\0\0\0", &long, &other, &dense[..999]]
    {
        assert_eq!(Hll::parse(bytes).err(), Some(Fault::Foreign));
    }
}

proptest! {
    #[test]
    fn sparse_and_dense_are_the_same(first in elements(), second in elements(), sparse_max in 0..4000usize) {
        let mut model = [0; REGISTERS];
        let mut sparse = empty();
        for part in [&first, &second] {
            let mut changed = false;
            for element in part {
                let register = &mut model[element.register];
                changed |= element.rank > *register;
                *register = element.rank.max(*register);
            }
            prop_assert_eq!(add(&mut sparse, part.iter().copied(), sparse_max), Ok(changed));
            prop_assert!(registers(&sparse).values() == &model);
            for (register, &value) in model.iter().enumerate().skip(90).take(80) {
                let holds = |rank| Hll::parse(&sparse).unwrap().holds(Element { register, rank }).unwrap();
                prop_assert!(holds(value) && !holds(value + 1));
            }
        }
        let dense = with(first.iter().chain(&second).copied(), 0);
        prop_assert!(registers(&dense).values() == &model);
        let counts = [&sparse, &dense].map(|value| Hll::parse(value).unwrap().count());
        prop_assert_eq!(counts, [Ok(registers(&dense).count()); 2]);
        make_dense(&mut sparse).unwrap();
        prop_assert_eq!(&sparse[..], &dense[..]);
    }

    #[test]
    fn sparse_runs_are_short_and_no_two_could_be_one(elements in elements()) {
        let value = with(elements, SPARSE_MAX);
        let runs: Vec<Run> = Hll::parse(&value).unwrap().runs().collect();
        for pair in runs.windows(2) {
            let merged = pair[0].value == pair[1].value && pair[0].len + pair[1].len <= 4;
            prop_assert!(pair[0].value == 0 || !merged, "{pair:?}");
        }
    }

    #[test]
    fn raising_all_is_raising_each(target in elements(), source in elements(), sparse_max in 0..600usize) {
        let target = with(target, sparse_max);
        let source = registers(&with(source, sparse_max));
        let mut at_once = ValueBuf::copied(&target);
        raise_all(&mut at_once, &source, false, sparse_max).unwrap();
        let mut one_by_one = ValueBuf::copied(&target);
        // Without a cursor each search begins at the start.
        for element in source.elements() {
            add(&mut one_by_one, [element], sparse_max).unwrap();
        }
        set_old(&mut one_by_one);
        prop_assert_eq!(&at_once[..], &one_by_one[..]);
    }

    #[test]
    fn any_bytes_are_survived(
        encoding in 0..3u8,
        runs in vec(prop_oneof![any::<u8>(), 0x40..0x80u8, Just(0x7f), Just(0xff)], 0..300),
        elements in elements(),
        sparse_max in 0..400usize,
    ) {
        let bytes = [&b"HYLL"[..], &[encoding], &[0; 11], &runs].concat();
        let mut value = ValueBuf::copied(&bytes);
        let Ok(hll) = Hll::parse(&bytes) else {
            prop_assert_eq!(add(&mut value, elements, sparse_max), Err(Fault::Foreign));
            return Ok(());
        };
        let whole = hll.count().is_ok();
        prop_assert_eq!(Registers::new().merge(hll).is_ok(), whole);
        if add(&mut value, elements.clone(), sparse_max).is_err() {
            prop_assert!(!whole);
            prop_assert_eq!(&value[..], &bytes[..]);
        }
        let mut all = Registers::new();
        all.merge(Hll::parse(&with(elements, 0)).unwrap()).unwrap();
        for dense in [false, true] {
            let mut value = ValueBuf::copied(&bytes);
            if raise_all(&mut value, &all, dense, sparse_max).is_err() {
                prop_assert_eq!(&value[..], &bytes[..]);
            }
        }
        prop_assert_eq!(make_dense(&mut ValueBuf::copied(&bytes)).is_ok(), whole);
    }
}
