//! What both slab benches measure: the slab, and the process's global allocator beside it.

#![expect(unsafe_code, reason = "allocators hand out raw memory")]
#![expect(clippy::unwrap_used, reason = "a bench that fails has nothing better to do than to stop")]

use std::alloc::Layout;
use std::hint::black_box;
use std::ptr::NonNull;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use criterion::{Bencher, Criterion, criterion_group};
use kv_types::{Kind, Record, slab};

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    targets = allocators, records
}

/// Objects that are in use at a time.
const COUNT: usize = 1000;

trait Allocator: Copy + Send + 'static {
    fn allocate(bytes: usize) -> NonNull<u8>;
    /// # Safety
    /// As for [`slab::free`].
    unsafe fn free(object: NonNull<u8>, bytes: usize);
}

#[derive(Clone, Copy)]
struct Slab;
#[derive(Clone, Copy)]
struct Global;

impl Allocator for Slab {
    #[inline]
    fn allocate(bytes: usize) -> NonNull<u8> {
        slab::allocate(bytes)
    }

    #[inline]
    unsafe fn free(object: NonNull<u8>, bytes: usize) {
        // SAFETY: the caller's promise.
        unsafe { slab::free(object, bytes) }
    }
}

impl Allocator for Global {
    #[inline]
    fn allocate(bytes: usize) -> NonNull<u8> {
        let layout = Layout::from_size_align(bytes, 8).unwrap();
        // SAFETY: the benches ask for no zero size.
        NonNull::new(unsafe { std::alloc::alloc(layout) }).unwrap()
    }

    #[inline]
    unsafe fn free(object: NonNull<u8>, bytes: usize) {
        // SAFETY: the caller's promise.
        unsafe { std::alloc::dealloc(object.as_ptr(), Layout::from_size_align(bytes, 8).unwrap()) }
    }
}

/// Objects on their way to another thread.
struct Parcel(Vec<NonNull<u8>>);

// SAFETY: objects belong to whoever holds them.
unsafe impl Send for Parcel {}

fn fill<A: Allocator>(bytes: usize) -> NonNull<u8> {
    let object = A::allocate(black_box(bytes));
    // SAFETY: the object has 8 bytes at least.
    unsafe { object.cast::<u64>().write(1) };
    object
}

fn pair<A: Allocator>(bencher: &mut Bencher<'_>, bytes: usize) {
    // SAFETY: freed once.
    bencher.iter(|| unsafe { A::free(black_box(fill::<A>(bytes)), black_box(bytes)) });
}

fn random_order<A: Allocator>(bencher: &mut Bencher<'_>, bytes: usize) {
    let mut order: Vec<usize> = (0..COUNT).collect();
    fastrand::Rng::with_seed(1).shuffle(&mut order);
    let mut objects = Vec::with_capacity(COUNT);
    bencher.iter(|| {
        objects.extend((0..COUNT).map(|_| fill::<A>(bytes)));
        // SAFETY: freed once.
        order.iter().for_each(|at| unsafe { A::free(objects[*at], black_box(bytes)) });
        objects.clear();
    });
}

/// Among `held` objects, random ones are replaced by ones of another size.
fn replace<A: Allocator>(bencher: &mut Bencher<'_>, held: usize) {
    let mut random = fastrand::Rng::with_seed(1);
    let sizes = [40usize, 88, 96, 128];
    let mut objects: Vec<_> =
        (0..held).map(|at| (fill::<A>(sizes[at % 4]), sizes[at % 4])).collect();
    bencher.iter(|| {
        let (at, bytes) = (random.usize(..held), sizes[random.usize(..4)]);
        let (old, size) = std::mem::replace(&mut objects[at], (fill::<A>(bytes), bytes));
        // SAFETY: freed once.
        unsafe { A::free(old, size) };
    });
    // SAFETY: freed once.
    objects.into_iter().for_each(|(object, bytes)| unsafe { A::free(object, bytes) });
}

/// This thread allocates, another frees.
fn two_threads<A: Allocator>(bencher: &mut Bencher<'_>, bytes: usize) {
    let (full, inbox) = sync_channel::<Parcel>(4);
    let (empty, returned) = sync_channel::<Parcel>(8);
    (0..4).for_each(|_| empty.send(Parcel(Vec::with_capacity(COUNT))).unwrap());
    let consumer = std::thread::spawn(move || {
        while let Ok(mut parcel) = inbox.recv() {
            // SAFETY: freed once.
            parcel.0.drain(..).for_each(|object| unsafe { A::free(object, black_box(bytes)) });
            // The producer may be gone already.
            let _ = empty.send(parcel);
        }
    });
    bencher.iter(|| {
        let mut parcel = returned.recv().unwrap();
        parcel.0.extend((0..COUNT).map(|_| fill::<A>(bytes)));
        full.send(parcel).unwrap();
    });
    drop(full);
    consumer.join().unwrap();
}

fn each(criterion: &mut Criterion, name: &str, arg: usize, slab: Run, global: Run) {
    let mut group = criterion.benchmark_group(name);
    group.bench_function(format!("slab/{arg}"), |bencher| slab(bencher, arg));
    group.bench_function(format!("global/{arg}"), |bencher| global(bencher, arg));
    group.finish();
}

type Run = fn(&mut Bencher<'_>, usize);

fn allocators(criterion: &mut Criterion) {
    for bytes in [40, 88] {
        each(criterion, "allocate and free", bytes, pair::<Slab>, pair::<Global>);
        each(criterion, "1000, random", bytes, random_order::<Slab>, random_order::<Global>);
        each(criterion, "1000, two threads", bytes, two_threads::<Slab>, two_threads::<Global>);
    }
    for held in [1_000, 1_000_000] {
        each(criterion, "replace, of", held, replace::<Slab>, replace::<Global>);
    }
}

fn records(criterion: &mut Criterion) {
    let key: &[u8] = b"key:000000000012";
    let mut group = criterion.benchmark_group("record");
    for len in [16, 64] {
        let value = vec![b'v'; len];
        let mut record = Record::new(key, Kind::String, &value, None);
        group.bench_function(format!("new and drop/{len}"), |bencher| {
            bencher.iter(|| Record::new(black_box(key), Kind::String, black_box(&value), None));
        });
        group.bench_function(format!("set_value, same class/{len}"), |bencher| {
            bencher.iter(|| record.set_value(Kind::String, black_box(&value)));
        });
        group.bench_function(format!("matches/{len}"), |bencher| {
            bencher.iter(|| black_box(&record).matches(black_box(key)));
        });
        group.bench_function(format!("memory and deadline/{len}"), |bencher| {
            bencher.iter(|| (black_box(&record).memory(), black_box(&record).deadline()));
        });
    }
    group.finish();
}
