// A session of ioredis. Usage: ioredis.mjs NODE_MODULES PORT. Fails on the first wrong answer.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const [folder, port] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), "..", "session.js"));
const Redis = require("ioredis");
const { version } = require("ioredis/package.json");

async function session(options) {
  const client = new Redis({ port: Number(port), maxRetriesPerRequest: 0, ...options });
  client.on("error", (error) => {
    throw error;
  });
  assert.equal(await client.ping(), "PONG");
  await client.flushall();

  assert.equal(await client.set("k", "v"), "OK");
  assert.equal(await client.get("k"), "v");
  assert.equal(await client.get("missing"), null);
  assert.equal(await client.mset({ a: 1, b: "two" }), "OK");
  assert.deepEqual(await client.mget("a", "b", "missing"), ["1", "two", null]);
  assert.equal(await client.incrby("a", 41), 42);
  assert.equal(await client.set("lock", "token", "PX", 30000, "NX"), "OK");
  assert.equal(await client.set("lock", "other", "PX", 30000, "NX"), null);
  assert.ok((await client.pttl("lock")) > 29000);

  const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
  await client.set("bytes", bytes);
  assert.deepEqual(await client.getBuffer("bytes"), bytes);

  assert.equal(await client.rpush("l", "a", "b", "c"), 3);
  assert.deepEqual(await client.lrange("l", 0, -1), ["a", "b", "c"]);
  assert.equal(await client.lmove("l", "m", "LEFT", "RIGHT"), "a");
  assert.deepEqual(await client.rpop("l", 5), ["c", "b"]);

  assert.equal(await client.hset("h", { name: "x", n: 1 }), 2);
  assert.deepEqual(await client.hgetall("h"), { name: "x", n: "1" });
  assert.equal(await client.hincrby("h", "n", 41), 42);
  assert.deepEqual(await client.hmget("h", "name", "none"), ["x", null]);

  assert.equal(await client.sadd("s", "a", "b", "c"), 3);
  assert.equal(await client.sadd("t", "b", "c", "d"), 3);
  assert.deepEqual((await client.sinter("s", "t")).sort(), ["b", "c"]);
  assert.equal(await client.sunionstore("u", "s", "t"), 4);
  const members = [];
  for await (const part of client.sscanStream("u")) members.push(...part);
  assert.deepEqual(members.sort(), ["a", "b", "c", "d"]);

  assert.equal(await client.zadd("z", 1, "a", 2.5, "b", 3, "c"), 3);
  assert.deepEqual(await client.zrange("z", 0, -1), ["a", "b", "c"]);
  assert.equal(Number(await client.zscore("z", "b")), 2.5);
  assert.equal(await client.zrank("z", "c"), 2);
  assert.deepEqual((await client.zpopmax("z")).flat().map(String), ["c", "3"]);
  assert.equal(await client.geoadd("g", 13.361389, 38.115556, "P", 15.087269, 37.502669, "C"), 2);
  assert.equal(await client.geodist("g", "P", "C", "km"), "166.2742");
  assert.equal(await client.pfadd("hll", 1, 2, 3), 1);
  assert.equal(await client.pfcount("hll"), 3);

  const pipe = client.pipeline();
  for (let n = 0; n < 500; n++) pipe.set(`p${n}`, n).get(`p${n}`);
  const replies = await pipe.exec();
  assert.equal(replies.length, 1000);
  replies.forEach(([error, reply], at) => {
    assert.equal(error, null);
    assert.equal(reply, at % 2 ? String((at - 1) / 2) : "OK");
  });

  const found = new Set();
  for await (const names of client.scanStream({ match: "p*", count: 50 })) {
    names.forEach((name) => found.add(name));
  }
  assert.equal(found.size, 500);

  assert.match(await client.info(), /redis_version:7\.2/);
  await assert.rejects(client.call("NOSUCH"), /unknown command/);
  await assert.rejects(client.incr("k"), /value is not an integer/);
  assert.equal(await client.select(2), "OK");
  assert.equal(await client.dbsize(), 0);
  assert.equal(await client.quit(), "OK");
  console.log(`ioredis ${version}, ${JSON.stringify(options)}: well`);
}

// What it connects with by default (RESP3 since version 6), and as people ask for.
await session({});
await session({ protocol: 2 });
await session({ connectionName: "me", db: 3 });
await session({ enableAutoPipelining: true });
