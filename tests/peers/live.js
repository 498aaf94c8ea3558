// The client of docs/live.md while connections are cut, tokens expire and a position is lost: at the
// end it holds what a new query answers, in the same order.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { followQueue } from './generated/live/js/follow-queue.js';
import { startProxy } from './lib/proxy.js';
import { pick, random, seed } from './lib/random.js';
import { soon, until } from './lib/reader.js';
import { shortToken } from './lib/token.js';
import { ask, open, world } from './lib/world.js';

const FILTER = { status: ['OPEN', 'IN_PROGRESS'], priority: ['URGENT', 'HIGH', 'LOW'] };
const ROUNDS = 3;

/** What became of the client's sockets. */
const seen = { subscriptions: 0, expired: 0, resyncs: 0, cuts: 0 };

/** A WebSocket that counts, and gives a position that is ahead of the log once. */
class Watched extends WebSocket {
  constructor(...given) {
    super(...given);
    this.on('close', (code) => (seen.expired += code === 4403));
    this.on('message', (text) => (seen.resyncs += text.includes('"RESYNC"')));
  }

  send(text, ...rest) {
    const message = JSON.parse(text);
    if (message.payload?.query?.startsWith('subscription')) {
      seen.subscriptions += 1;
      if (seen.subscriptions === 4) message.payload.variables.after = world.ahead;
    }
    super.send(JSON.stringify(message), ...rest);
  }
}

/** Does something to some ticket; that it is refused is as good as that it is done. */
async function step(ids) {
  const ticketId = pick(ids);
  const priority = pick(['LOW', 'MEDIUM', 'HIGH', 'URGENT']);
  const body = 'Something is said.';
  const [person, mutation, input] = pick([
    ['carla', 'createTicket', { subject: 'One more', description: 'It broke.', priority }],
    ['alice', 'updateTicket', { ticketId, priority }],
    ['susan', 'updateTicket', { ticketId, subject: `Seen ${Math.floor(random() * 1000)} times` }],
    ['alice', 'replyToTicket', { ticketId, body }],
    ['alice', 'addInternalNote', { ticketId, body }],
    ['susan', 'assignTicket', { ticketId, assigneeId: pick([null, world.alice]) }],
    ['alice', 'setTicketStatus', { ticketId, status: 'WAITING_ON_USER' }],
    ['carla', 'replyToTicket', { ticketId, body }],
    ['alice', 'resolveTicket', { ticketId, notes: 'Switched off and on.' }],
    ['susan', 'reopenTicket', { ticketId }],
  ]);
  const type = mutation[0].toUpperCase() + mutation.slice(1) + 'Input';
  const { it } = await ask(
    person,
    `mutation ($input: ${type}!) { it: ${mutation}(input: $input) { ticket { id } } }`,
    { input },
  );
  if (it.ticket && !ids.includes(it.ticket.id)) ids.push(it.ticket.id);
}

/** The whole queue by a new query. */
async function queue() {
  const rows = [];
  for (let after = null; ; ) {
    const { queue } = await ask(
      'alice',
      `query ($filter: QueueFilter, $after: String) {
        queue(filter: $filter, first: 100, after: $after) {
          nodes { id number subject status priority createdAt version assignee { name } }
          pageInfo { hasNextPage endCursor } } }`,
      { filter: FILTER, after },
    );
    rows.push(...queue.nodes);
    if (!queue.pageInfo.hasNextPage) return rows;
    after = queue.pageInfo.endCursor;
  }
}

/** Follows, and gives back why following failed. */
function failure(options) {
  const failed = new Promise((fail) => {
    followQueue({ url: world.ws, webSocketImpl: WebSocket, show: () => {}, ...options, fail });
  });
  return soon(failed, 'a failure');
}

async function nothingIsMissed() {
  world.alice = (await ask('alice', '{ viewer { id } }')).viewer.id;
  const ids = [];
  // More than a page, opened by one person after another.
  for (let number = 0; number < 110; number += 1) ids.push((await open('carla', 'Old')).id);
  for (const id of ids) {
    await ask('susan', `mutation { updateTicket(input: {ticketId: "${id}", priority: HIGH}) {
      ticket { id } } }`);
  }

  const proxy = await startProxy(new URL(world.http));
  let shown = [];
  let problem;
  const stop = followQueue({
    url: `ws://127.0.0.1:${proxy.port}/graphql`,
    token: async () => shortToken(4),
    filter: FILTER,
    show: (rows) => (shown = rows),
    fail: (reason) => (problem = reason),
    webSocketImpl: Watched,
  });

  let working = true;
  const workers = [1, 2, 3].map(async () => {
    while (working) {
      await step(ids);
      await sleep(random() * 120);
      assert.equal(problem, undefined);
    }
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let cut = 0; cut < 5; cut += 1) {
      await sleep(100 + random() * 1000);
      seen.cuts += proxy.cut();
    }
    // Now a connection lasts until its token expires.
    const before = seen.expired;
    await until(() => seen.expired > before, 'a token that expires');
  }
  working = false;
  await Promise.all(workers);

  // What is opened last is told last.
  const data = await ask('carla', `mutation { createTicket(input: {
    subject: "The last", description: "Really.", priority: URGENT }) { ticket { id } } }`);
  const last = data.createTicket.ticket.id;
  await until(() => shown.some(({ id }) => id === last), 'the last ticket');
  assert.deepEqual(shown, await queue());
  assert.ok(shown.length > 20, `only ${shown.length} rows`);
  assert.ok(seen.cuts >= ROUNDS && seen.resyncs > 0, JSON.stringify(seen));
  stop();
  proxy.close();
}

async function whatCannotBeMendedIsTold() {
  const forbidden = await failure({ token: async () => world.tokens.carla });
  assert.notEqual(forbidden.message, '');
  const filter = { category: ['there is none like this'] };
  const wrong = await failure({ token: async () => world.tokens.alice, filter });
  assert.notEqual(wrong.message, '');
  const expired = await failure({ token: async () => shortToken(-1) });
  assert.match(expired.message, /Sign in again/);
}

try {
  await nothingIsMissed();
  await whatCannotBeMendedIsTold();
} catch (problem) {
  console.error(`SEED=${seed}`, seen);
  throw problem;
}
console.log(seen);
process.exit(0);
