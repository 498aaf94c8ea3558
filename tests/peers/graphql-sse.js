// The official client of server-sent events, in its mode with a connection for each operation.

import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';
import { end, event, eventOf, next, soon } from './lib/reader.js';
import { bearer, open, world } from './lib/world.js';

const QUEUE = 'subscription { queue { kind position ticket { id } } }';

/** A client of somebody, and the requests that are still under way. */
function clientOf(person) {
  const running = new Set();
  const client = createClient({
    url: world.http,
    singleConnection: false,
    headers: () => bearer(person),
    retryAttempts: 0,
    fetchFn: async (url, options) => {
      const response = await fetch(url, options);
      assert.equal(response.headers.get('content-type')?.split(';')[0], 'text/event-stream');
      assert.match(response.headers.get('cache-control') ?? '', /no-cache|no-store/);
      running.add(response);
      options.signal.addEventListener('abort', () => running.delete(response));
      return response;
    },
  });
  return { client, running };
}

const about = (id) => (found) => found.ticket.id === id;

async function operationsOfAllKinds() {
  const { client, running } = clientOf('alice');

  const query = client.iterate({ query: '{ viewer { name role } }' });
  assert.deepEqual((await next(query, 'an answer')).data, {
    viewer: { name: 'Alice', role: 'AGENT' },
  });
  await end(query);

  const queue = client.iterate({ query: QUEUE });
  assert.equal((await event(queue, 'queue')).kind, 'READY');
  const { id } = await open('carla', 'Sent by the server');
  await eventOf(queue, 'queue', 'ENTERED', about(id));

  // A second one beside it, and a mutation.
  const ticket = client.iterate({
    query: 'subscription ($id: ID!) { ticket(id: $id) { kind message { body } } }',
    variables: { id },
  });
  assert.equal((await event(ticket, 'ticket')).kind, 'READY');
  const reply = client.iterate({
    query: `mutation ($input: ReplyToTicketInput!) { replyToTicket(input: $input) {
      message { body } userErrors { message } } }`,
    variables: { input: { ticketId: id, body: 'First line\nsecond line: \u2028 🏊' } },
  });
  const { data } = await next(reply, 'an answer');
  assert.deepEqual(data.replyToTicket.userErrors, []);
  await end(reply);
  const added = await eventOf(ticket, 'ticket', 'MESSAGE_ADDED');
  assert.equal(added.message.body, 'First line\nsecond line: \u2028 🏊');
  await eventOf(queue, 'queue', 'CHANGED', about(id));

  // One is given up; the other goes on.
  await ticket.return();
  const second = await open('carla', 'The second');
  await eventOf(queue, 'queue', 'ENTERED', about(second.id));
  assert.equal(running.size, 1, 'only the queue is still followed');
  await queue.return();
  client.dispose();
}

async function errorsAreTold() {
  const { client } = clientOf('carla');
  for (const [query, code] of [
    [QUEUE, 'FORBIDDEN'],
    ['{ nope }', 'BAD_INPUT'],
  ]) {
    const results = client.iterate({ query });
    const { errors } = await next(results, 'errors');
    assert.equal(errors[0].extensions.code, code);
    await end(results);
  }
  client.dispose();
}

async function aBadTokenIsRefused() {
  const client = createClient({
    url: world.http,
    headers: { authorization: 'Bearer nonsense' },
    retryAttempts: 0,
  });
  const refused = client.iterate({ query: QUEUE });
  await assert.rejects(soon(refused.next(), 'a refusal'), ({ response }) => {
    assert.equal(response.status, 401);
    return true;
  });
}

await operationsOfAllKinds();
await errorsAreTold();
await aBadTokenIsRefused();
