// The server asks now and then whether the client is still there; the official client answers by
// itself, and an idle socket stays open.

import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { event, soon } from './lib/reader.js';
import { bearer, world } from './lib/world.js';

const client = createClient({
  url: world.ws,
  webSocketImpl: WebSocket,
  connectionParams: () => bearer('alice'),
  retryAttempts: 0,
});
const answered = new Promise((resolve) => {
  let pings = 0;
  client.on('pong', (received) => {
    if (!received && (pings += 1) === 2) resolve();
  });
});
const queue = client.iterate({ query: 'subscription { queue { kind } }' });
assert.equal((await event(queue, 'queue')).kind, 'READY');
let closed = false;
client.on('closed', () => (closed = true));
await soon(answered, 'two pings of the server', 120_000);
assert.equal(closed, false);
await client.dispose();
