//! The codec's hot paths, per request or reply: `cargo bench -p kv-protocol`.

use std::hint::black_box;

use bytes::BytesMut;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kv_protocol::{
    Decoded, FrameDecoder, Limits, Protocol, ReplyWriter, RequestBuf, RequestDecoder, RequestSyntax,
};

/// Requests in a pipeline.
const PIPELINE: usize = 64;

fn pipeline(args: &[&str]) -> Vec<u8> {
    let request: RequestBuf = args.iter().collect();
    let mut bytes = Vec::new();
    (0..PIPELINE).for_each(|_| request.encode(&mut bytes));
    bytes
}

/// Decodes all of `input` and touches every argument; how many there were.
fn decode_all(decoder: &mut RequestDecoder, mut input: &[u8]) -> usize {
    let mut bytes = 0;
    while let Ok(Decoded::Request { request, consumed }) = decoder.decode(input) {
        bytes += request.iter().map(|arg| arg.raw().len()).sum::<usize>();
        input = &input[consumed..];
    }
    bytes
}

fn requests(c: &mut Criterion) {
    let value = "v".repeat(64);
    let mut mset = vec!["MSET".to_owned()];
    (0..10).for_each(|i| mset.extend([format!("key:{i:012}"), value.clone()]));
    let mset: Vec<&str> = mset.iter().map(String::as_str).collect();
    let cases = [
        ("get", pipeline(&["GET", "key:000000000042"])),
        ("set", pipeline(&["SET", "key:000000000042", &value])),
        ("mset10", pipeline(&mset)),
        ("ping-inline", b"PING\r\n".repeat(PIPELINE)),
    ];
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Elements(PIPELINE as u64));
    for (name, input) in &cases {
        for syntax in [RequestSyntax::Redis, RequestSyntax::Native] {
            let mut decoder = RequestDecoder::new(syntax, Limits::DEFAULT);
            group.bench_function(format!("{name}-x64-{syntax:?}"), |b| {
                b.iter(|| decode_all(&mut decoder, black_box(input)))
            });
        }
    }
    group.finish();
}

fn replies(c: &mut Criterion) {
    let value = [b'v'; 64];
    let mut buf = Vec::with_capacity(64 << 10);
    let mut group = c.benchmark_group("encode");
    group.throughput(Throughput::Elements(PIPELINE as u64));
    let mut case = |name: &str, write: &dyn Fn(&mut ReplyWriter<'_>)| {
        group.bench_function(format!("{name}-x64"), |b| {
            b.iter(|| {
                buf.clear();
                let mut reply = ReplyWriter::wire(&mut buf, Protocol::Resp2).limit(1 << 30);
                (0..PIPELINE).for_each(|_| write(&mut reply));
                black_box(buf.len())
            })
        });
    };
    case("ok", &|reply| reply.ok());
    case("int-1", &|reply| reply.int(black_box(1)));
    case("int-1234567", &|reply| reply.int(black_box(1_234_567)));
    case("bulk-64", &|reply| reply.bulk(black_box(&value)));
    case("null", &|reply| reply.null());
    case("double", &|reply| reply.double(black_box(0.618_033_988)));
    case("mget10", &|reply| {
        reply.array(10);
        (0..10).for_each(|_| reply.bulk(black_box(&value)));
    });
    group.finish();
}

fn frames(c: &mut Criterion) {
    let value = [b'v'; 64];
    let encoded = |write: &dyn Fn(&mut ReplyWriter<'_>)| {
        let mut bytes = Vec::new();
        let mut reply = ReplyWriter::wire(&mut bytes, Protocol::Resp3);
        (0..PIPELINE).for_each(|_| write(&mut reply));
        bytes
    };
    let cases = [
        ("ok", encoded(&|reply| reply.ok())),
        ("int", encoded(&|reply| reply.int(1_234_567))),
        ("bulk-64", encoded(&|reply| reply.bulk(&value))),
        (
            "mget10",
            encoded(&|reply| {
                reply.array(10);
                (0..10).for_each(|_| reply.bulk(&value));
            }),
        ),
    ];
    let mut group = c.benchmark_group("frames");
    group.throughput(Throughput::Elements(PIPELINE as u64));
    for (name, input) in &cases {
        let mut decoder = FrameDecoder::new(Limits::DEFAULT);
        group.bench_function(format!("{name}-x64"), |b| {
            b.iter_batched(
                || BytesMut::from(input.as_slice()),
                |mut buf| {
                    while let Ok(Some(frame)) = decoder.decode(&mut buf) {
                        black_box(&frame);
                    }
                    buf
                },
                criterion::BatchSize::SmallInput,
            )
        });
    }
    group.finish();
}

criterion_group!(benches, requests, replies, frames);
criterion_main!(benches);
