//! Size classes: every 8 bytes up to 512, then 16 to each doubling.
//!
//! Fine classes waste little: half a step on average, so 4 bytes a record, or 2 % of a large one.
//! They cost little, too: a class takes a few words, and spans once it is used.

/// Longest object, in bytes, that has a class. A span holds eight of these.
pub const MAX_SIZE: usize = 8192;

/// Up to here the classes are 8 bytes apart; class `n` has size `8 n`.
const FINE_MAX: usize = 512;
/// Class of `FINE_MAX`.
const FINE: usize = FINE_MAX / 8;
/// log2 of the number of classes to each doubling above `FINE_MAX`.
const STEPS_LOG2: u32 = 4;
/// How many classes there are. Class 0 has objects of 8 bytes, as class 1, for objects of none.
pub(super) const CLASSES: usize = of(MAX_SIZE) + 1;

/// Batches between a thread and the heap have at most this many bytes, but one object at least …
const BATCH_BYTES: usize = 8 << 10;
/// … and at most this many objects.
const BATCH_OBJECTS: usize = 64;

/// Sizes by class.
const SIZES: [u16; CLASSES] = {
    let mut sizes = [8; CLASSES];
    let mut class = 1;
    while class < CLASSES {
        sizes[class] = if class <= FINE {
            8 * class as u16
        } else {
            let (doubling, step) = ((class - FINE - 1) >> STEPS_LOG2, (class - FINE - 1) & 15);
            let base = FINE_MAX << doubling;
            (base + (step + 1) * (base >> STEPS_LOG2)) as u16
        };
        class += 1;
    }
    sizes
};

/// The class of an object of `bytes`, which are at most [`MAX_SIZE`].
#[inline]
pub(super) const fn of(bytes: usize) -> usize {
    debug_assert!(bytes <= MAX_SIZE);
    if bytes <= FINE_MAX {
        bytes.div_ceil(8)
    } else {
        let log = (bytes - 1).ilog2();
        let doubling = (log - FINE_MAX.ilog2()) as usize;
        // The shift leaves the leading one and the step below it: 16 + step, counted from zero.
        FINE + 1 + (doubling << STEPS_LOG2) + ((bytes - 1) >> (log - STEPS_LOG2)) - 16
    }
}

/// The size of the objects of `class`.
#[inline]
pub(super) fn size(class: usize) -> usize {
    usize::from(SIZES[class])
}

/// How many objects of `class` go between a thread and the heap at a time.
pub(super) fn batch(class: usize) -> u32 {
    (BATCH_BYTES / size(class)).clamp(1, BATCH_OBJECTS) as u32
}

/// The bytes that an allocation of `bytes` takes.
///
/// Above [`MAX_SIZE`] these are four steps to each doubling, the classes of jemalloc and mimalloc: the
/// rounding wastes nothing that they would not.
#[inline]
pub const fn size_of_class_for(bytes: usize) -> usize {
    let step = match bytes {
        0..=FINE_MAX => 8,
        513..=MAX_SIZE => 1 << ((bytes - 1).ilog2() - STEPS_LOG2),
        _ => 1 << ((bytes - 1).ilog2() - 2),
    };
    bytes.next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_the_tightest_class() {
        for bytes in 1..=MAX_SIZE {
            let class = of(bytes);
            assert!(size(class) >= bytes, "{bytes}");
            assert!(class == 1 || size(class - 1) < bytes, "{bytes}");
            assert_eq!(size(class), size_of_class_for(bytes), "{bytes}");
            assert_eq!(size(class) % 8, 0);
        }
        assert_eq!((of(0), size(0)), (0, 8));
        assert_eq!(size(CLASSES - 1), MAX_SIZE);
    }

    #[test]
    fn larger_objects_step_as_allocators_do() {
        for (bytes, class) in [(88, 88), (513, 544), (1048, 1088), (5121, 5376), (8193, 10240)] {
            assert_eq!(size_of_class_for(bytes), class, "{bytes}");
        }
    }

    #[test]
    fn batches_are_bounded_in_bytes() {
        assert!((0..CLASSES).all(|class| (1..=64).contains(&batch(class))));
        assert!((0..CLASSES).all(|class| batch(class) as usize * size(class) <= 8 << 10));
    }
}
