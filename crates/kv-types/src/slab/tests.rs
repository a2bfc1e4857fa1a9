//! The shared heap and caches of a thread against a naive model: a set of intervals.
//!
//! Each test has a heap of its own, so that its counts are not those of the tests beside it.

#![cfg(not(kv_plain_slab))]

use std::collections::BTreeMap;
use std::sync::mpsc;

use proptest::prelude::*;

use super::cache::Cache;
use super::class::{self, CLASSES};
use super::heap::Heap;
use super::span::{CHUNK, Free, SPAN};
use super::*;

/// An object on its way between threads.
struct Parcel(usize, NonNull<Free>);

// SAFETY: an object belongs to whoever holds it.
unsafe impl Send for Parcel {}

fn take(cache: &Cache, heap: &Heap, class: usize) -> NonNull<Free> {
    let object = cache.pop(class).or_else(|| cache.refill(heap, class)).unwrap();
    poison::taken(object, class);
    object
}

fn give(cache: &Cache, heap: &Heap, class: usize, object: NonNull<Free>) {
    poison::freed(object, class);
    // SAFETY: the tests below give each object once, with its class.
    unsafe {
        if !cache.push(class, object) {
            cache.push_full(heap, class, object);
        }
    }
}

/// Objects in use, by address: class, and the byte they are filled with.
#[derive(Default)]
struct Model(BTreeMap<usize, (usize, NonNull<Free>, u8)>);

impl Model {
    fn add(&mut self, class: usize, object: NonNull<Free>) {
        let (at, size) = (object.addr().get(), class::size(class));
        assert_eq!(at % 8, 0);
        if let Some((before, (class, ..))) = self.0.range(..at).next_back() {
            assert!(before + class::size(*class) <= at, "overlaps its predecessor");
        }
        if let Some((after, _)) = self.0.range(at..).next() {
            assert!(at + size <= *after, "overlaps its successor");
        }
        let fill = self.0.len() as u8;
        // SAFETY: the object has that many bytes.
        unsafe { object.cast::<u8>().write_bytes(fill, size) };
        self.0.insert(at, (class, object, fill));
    }

    fn remove(&mut self, nth: usize) -> (usize, NonNull<Free>) {
        let at = *self.0.keys().nth(nth % self.0.len()).unwrap();
        let (class, object, fill) = self.0.remove(&at).unwrap();
        // SAFETY: the object is in use, and was filled by `add`.
        let bytes =
            unsafe { std::slice::from_raw_parts(object.cast::<u8>().as_ptr(), class::size(class)) };
        assert!(bytes.iter().all(|byte| *byte == fill), "somebody else wrote to it");
        (class, object)
    }

    fn bytes(&self) -> usize {
        self.0.values().map(|(class, ..)| class::size(*class)).sum()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Allocate { bytes: usize, count: usize },
    Free { nth: usize, count: usize },
    Drain,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..=MAX_SIZE, 1..300usize).prop_map(|(bytes, count)| Step::Allocate { bytes, count }),
        (80..=96usize, 1..900usize).prop_map(|(bytes, count)| Step::Allocate { bytes, count }),
        (any::<usize>(), 1..600usize).prop_map(|(nth, count)| Step::Free { nth, count }),
        Just(Step::Drain),
    ];
    proptest::collection::vec(step, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn objects_never_overlap_and_all_memory_returns(steps in steps()) {
        let (heap, cache, mut model) = (Heap::new(), Cache::new(), Model::default());
        for step in steps {
            match step {
                Step::Allocate { bytes, count } => for _ in 0..count {
                    let class = class::of(bytes);
                    model.add(class, take(&cache, &heap, class));
                },
                Step::Free { nth, count } => for turn in 0..count.min(model.0.len()) {
                    let (class, object) = model.remove(nth.wrapping_add(turn * 7919));
                    give(&cache, &heap, class, object);
                },
                Step::Drain => cache.drain(&heap),
            }
            let stats = heap.stats();
            prop_assert!(stats.reserved >= stats.spans && stats.spans >= stats.live);
            prop_assert!(stats.live >= model.bytes());
            // What a cache holds back is bounded: two batches of each class.
            prop_assert!(stats.live - model.bytes() <= CLASSES * (16 << 10));
        }
        cache.drain(&heap);
        prop_assert_eq!(heap.stats().live, model.bytes());
        while !model.0.is_empty() {
            let (class, object) = model.remove(0);
            give(&cache, &heap, class, object);
        }
        cache.drain(&heap);
        prop_assert_eq!(heap.stats().live, 0);
        heap.trim();
        prop_assert_eq!(heap.stats(), Stats { reserved: 0, spans: 0, live: 0 });
    }
}

#[test]
fn every_class_fills_spans_and_chunks_to_their_ends() {
    let (heap, cache) = (Heap::new(), Cache::new());
    for bytes in [1, 8, 88, 512, 513, 4096, MAX_SIZE] {
        let (class, mut model) = (class::of(bytes), Model::default());
        let count = (CHUNK + SPAN) / class::size(class).max(64);
        (0..count).for_each(|_| model.add(class, take(&cache, &heap, class)));
        let stats = heap.stats();
        // Less than an object is lost at the end of a span, and the head of a chunk.
        assert!(stats.spans <= stats.live / (SPAN - class::size(class)) * SPAN + 2 * SPAN);
        while !model.0.is_empty() {
            let (class, object) = model.remove(model.0.len() % 16);
            give(&cache, &heap, class, object);
        }
        cache.drain(&heap);
        heap.trim();
        assert_eq!(heap.stats(), Stats { reserved: 0, spans: 0, live: 0 }, "{bytes}");
    }
}

#[test]
fn spans_freed_by_one_class_serve_another() {
    let (heap, cache) = (Heap::new(), Cache::new());
    for bytes in [40, 88, 200] {
        let class = class::of(bytes);
        let objects: Vec<_> = (0..2 * CHUNK / bytes).map(|_| take(&cache, &heap, class)).collect();
        let reserved = heap.stats().reserved;
        assert!((2 * CHUNK..=3 * CHUNK).contains(&reserved), "{reserved}");
        objects.into_iter().for_each(|object| give(&cache, &heap, class, object));
        cache.drain(&heap);
        assert_eq!(heap.stats().reserved, CHUNK, "one idle chunk is kept");
    }
    heap.trim();
    assert_eq!(heap.stats().reserved, 0);
}

#[test]
fn fuller_spans_are_used_first_so_that_others_empty() {
    let (heap, cache, class) = (Heap::new(), Cache::new(), class::of(88));
    let mut objects: Vec<_> = (0..100_000).map(|_| take(&cache, &heap, class)).collect();
    let full = heap.stats().spans;
    // A quarter stays, and is replaced again and again, in turns that exceed a cache.
    let mut random = fastrand::Rng::with_seed(7);
    random.shuffle(&mut objects);
    objects.drain(25_000..).for_each(|object| give(&cache, &heap, class, object));
    for _ in 0..100 {
        objects.extend((0..2_000).map(|_| take(&cache, &heap, class)));
        random.shuffle(&mut objects);
        objects.drain(25_000..).for_each(|object| give(&cache, &heap, class, object));
    }
    assert!(heap.stats().spans < full / 2, "{} of {full}", heap.stats().spans);
    objects.into_iter().for_each(|object| give(&cache, &heap, class, object));
    cache.drain(&heap);
    heap.trim();
    assert_eq!(heap.stats(), Stats { reserved: 0, spans: 0, live: 0 });
}

#[test]
fn threads_give_their_caches_back_when_much_was_freed() {
    let (heap, cache, other) = (Heap::new(), Cache::new(), Cache::new());
    let (class, elsewhere) = (class::of(88), class::of(4096));
    let objects: Vec<_> = (0..100_000).map(|_| take(&cache, &heap, class)).collect();
    let idle = take(&other, &heap, class);
    give(&other, &heap, class, idle);
    objects.into_iter().for_each(|object| give(&cache, &heap, class, object));
    cache.drain(&heap);
    assert_eq!(heap.live(class), class::batch(class) as usize * 88, "the other's cache");
    // Whatever the other thread needs next that is not at hand makes it look.
    let object = take(&other, &heap, elsewhere);
    assert_eq!(heap.live(class), 0);
    give(&other, &heap, elsewhere, object);
    other.drain(&heap);
    heap.trim();
    assert_eq!(heap.stats(), Stats { reserved: 0, spans: 0, live: 0 });
}

#[test]
fn sizes_that_are_used_no_more_keep_no_spans_of_a_heap_that_grows() {
    let (heap, cache, class) = (Heap::new(), Cache::new(), class::of(4096));
    // As a record that grows: one object of each size.
    for class in 1..class {
        let object = take(&cache, &heap, class);
        give(&cache, &heap, class, object);
    }
    let passed = heap.stats().spans / SPAN;
    assert!(passed > 100, "{passed}");
    let objects: Vec<_> = (0..16 * 200).map(|_| take(&cache, &heap, class)).collect();
    // A chunk's first span has room for one less.
    let needed = 200 + 200 / 31;
    assert!(heap.stats().spans / SPAN <= needed, "{} spans", heap.stats().spans / SPAN);
    objects.into_iter().for_each(|object| give(&cache, &heap, class, object));
    cache.drain(&heap);
}

#[test]
fn threads_keep_their_caches_while_little_comes_and_goes() {
    let (heap, cache, class) = (Heap::new(), Cache::new(), class::of(4096));
    for _ in 0..3 {
        let objects: Vec<_> = (0..1000).map(|_| take(&cache, &heap, class)).collect();
        assert!(heap.stats().spans <= 64 * SPAN);
        objects.into_iter().for_each(|object| give(&cache, &heap, class, object));
        assert_eq!(heap.generation(), 0);
    }
    cache.drain(&heap);
    heap.trim();
    assert_eq!(heap.stats().reserved, 0);
}

#[test]
fn objects_may_be_freed_by_another_thread() {
    let heap = Heap::new();
    std::thread::scope(|scope| {
        let mut inboxes: Vec<_> = (0..4).map(|_| mpsc::channel::<Parcel>()).collect();
        let outboxes: Vec<_> = inboxes.iter().map(|(sender, _)| sender.clone()).collect();
        for (number, (_, inbox)) in inboxes.drain(..).enumerate() {
            let (heap, next) = (&heap, outboxes[(number + 1) % 4].clone());
            scope.spawn(move || {
                let (cache, mut random) = (Cache::new(), fastrand::Rng::with_seed(number as u64));
                for _ in 0..20_000 {
                    let class = class::of(random.usize(1..=160));
                    let object = take(&cache, heap, class);
                    // SAFETY: the object has 8 bytes at least.
                    unsafe { object.cast::<usize>().write(class) };
                    next.send(Parcel(class, object)).unwrap();
                    for Parcel(class, object) in inbox.try_iter() {
                        // SAFETY: the sender wrote it.
                        assert_eq!(unsafe { object.cast::<usize>().read() }, class);
                        give(&cache, heap, class, object);
                    }
                }
                drop(next);
                for Parcel(class, object) in inbox {
                    give(&cache, heap, class, object);
                }
                cache.drain(heap);
            });
        }
        drop(outboxes);
    });
    assert_eq!(heap.stats().live, 0);
    heap.trim();
    assert_eq!(heap.stats(), Stats { reserved: 0, spans: 0, live: 0 });
}

#[test]
fn large_objects_come_from_the_processs_allocator() {
    for bytes in [MAX_SIZE + 1, 100_000] {
        let object = allocate(bytes);
        assert_eq!(object.addr().get() % 8, 0);
        // SAFETY: the object has that many bytes, and is freed once.
        unsafe {
            object.write_bytes(7, bytes);
            free(object, bytes);
        }
    }
}

#[test]
#[cfg(all(target_os = "linux", not(miri)))]
fn chunks_are_aligned_and_most_lie_beside_each_other() {
    let chunks: Vec<_> = (0..64).map(|_| pages::allocate(false).unwrap()).collect();
    let mut places: Vec<_> = chunks.iter().map(|chunk| chunk.addr().get()).collect();
    places.sort_unstable();
    assert!(places.iter().all(|place| place.is_multiple_of(CHUNK)));
    // Other tests map memory meanwhile, so some are apart.
    let apart = places.windows(2).filter(|pair| pair[1] - pair[0] != CHUNK).count();
    assert!(apart < 16, "{apart} of 64");
    for chunk in chunks {
        // SAFETY: it was allocated so, and is not used.
        unsafe { pages::free(chunk) };
    }
}

#[cfg(debug_assertions)]
mod misuse {
    use super::*;

    #[test]
    #[should_panic(expected = "freed twice")]
    fn an_object_freed_twice_is_seen() {
        let object = allocate(88);
        // SAFETY: none: this is the error that the check is for. The second call changes nothing.
        unsafe {
            free(object, 88);
            free(object, 88);
        }
    }

    #[test]
    #[should_panic(expected = "written to after it was freed")]
    fn a_write_to_a_free_object_is_seen() {
        // No other test of this crate uses this class.
        let object = allocate(3333);
        // SAFETY: none: this is the error that the check is for. The memory stays the slab's.
        unsafe {
            free(object, 3333);
            object.add(100).write(0);
        }
        allocate(3333);
    }
}
