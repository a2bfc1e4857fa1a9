// The client ioredis against a server of the Redis dialect: connect, read, write, no error.
// Called as `clients.mjs NODE_MODULES PORT`.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [folder, port] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const { Redis } = require('ioredis');
const { version } = require('ioredis/package.json');

for (const options of [{}, { protocol: 2 }, { db: 2 }]) {
  const client = new Redis({ port: Number(port), maxRetriesPerRequest: 1, ...options });
  await client.flushall();
  assert.equal(await client.set('greeting', 'hello', 'EX', 60), 'OK');
  assert.equal(await client.get('greeting'), 'hello');
  assert.equal(await client.get('missing'), null);
  assert.equal(await client.set('greeting', 'other', 'NX'), null);
  assert.equal(await client.mset('a', '1', 'b', '2'), 'OK');
  assert.deepEqual(await client.mget('a', 'b', 'missing'), ['1', '2', null]);
  assert.deepEqual(await client.getBuffer('a'), Buffer.from('1'));
  assert.equal(await client.incr('a'), 2);
  assert.equal(await client.del('a', 'b'), 2);
  const many = await Promise.all(Array.from({ length: 500 }, (_, n) => client.set(`key:${n}`, n)));
  assert.ok(many.every((reply) => reply === 'OK'));
  const seen = new Set();
  for await (const keys of client.scanStream({ match: 'key:*' })) keys.forEach((key) => seen.add(key));
  assert.equal(seen.size, 500);
  const piped = await client.pipeline().set('x', '1').incr('x').get('nothing').exec();
  assert.deepEqual(piped, [[null, 'OK'], [null, 2], [null, null]]);
  await assert.rejects(client.incr('greeting'), /value is not an integer/);
  assert.equal(await client.quit(), 'OK');
  console.log(`ioredis ${version} ${JSON.stringify(options)}: agreed`);
}
