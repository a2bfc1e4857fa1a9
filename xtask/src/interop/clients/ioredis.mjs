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
  assert.equal(await client.select(2), "OK");
  assert.equal(await client.dbsize(), 0);
  assert.equal(await client.quit(), "OK");
  console.log(`ioredis ${version}, ${JSON.stringify(options)}: well`);
}

// What it connects with by default, and as people ask for names, databases and no ready check.
await session({});
await session({ connectionName: "me", db: 0, enableReadyCheck: true, lazyConnect: false });
await session({ enableAutoPipelining: true });
