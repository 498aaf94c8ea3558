// The official client of graphql-transport-ws, as a front end uses it.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { end, event, eventOf, next, soon } from './lib/reader.js';
import { bearer, open, world } from './lib/world.js';

const QUEUE = `subscription ($after: String) { queue(after: $after) {
  kind position ticket { id subject status } } }`;

/** A client of somebody, and the sockets that it opened. */
function clientOf(person, options = {}) {
  const sockets = [];
  const client = createClient({
    url: world.ws,
    webSocketImpl: WebSocket,
    connectionParams: () => bearer(person),
    retryAttempts: 0,
    ...options,
  });
  client.on('opened', (socket) => sockets.push(socket));
  return { client, sockets };
}

const about = (id) => (found) => found.ticket.id === id;

/** The errors of an operation, whichever of the protocol's two ways they come. */
async function errorsOf(results) {
  try {
    const { errors } = await next(results, 'errors');
    await end(results);
    return errors;
  } catch (problem) {
    if (Array.isArray(problem)) return problem;
    throw problem;
  }
}

async function operationsOfAllKinds() {
  const { client, sockets } = clientOf('alice');

  const query = client.iterate({ query: '{ viewer { name role } }' });
  const who = await next(query, 'an answer');
  assert.equal(who.errors, undefined);
  assert.deepEqual(who.data, { viewer: { name: 'Alice', role: 'AGENT' } });
  await end(query);

  // Two subscriptions and a mutation beside them, all on one socket.
  const { id } = await open('carla', 'The first');
  const queue = client.iterate({ query: QUEUE });
  const ticket = client.iterate({
    query: 'subscription ($id: ID!) { ticket(id: $id) { kind message { body } } }',
    variables: { id },
  });
  assert.equal((await event(queue, 'queue')).kind, 'READY');
  assert.equal((await event(ticket, 'ticket')).kind, 'READY');
  const reply = client.iterate({
    query: `mutation ($input: ReplyToTicketInput!) { replyToTicket(input: $input) {
      message { body } userErrors { message } } }`,
    variables: { input: { ticketId: id, body: 'Have you tried again?' } },
  });
  const { data, errors } = await next(reply, 'an answer');
  assert.equal(errors, undefined);
  assert.deepEqual(data.replyToTicket, {
    message: { body: 'Have you tried again?' },
    userErrors: [],
  });
  await end(reply);
  await eventOf(queue, 'queue', 'CHANGED', about(id));
  const added = await eventOf(ticket, 'ticket', 'MESSAGE_ADDED');
  assert.equal(added.message.body, 'Have you tried again?');

  // One is completed by the client; the other goes on.
  await ticket.return();
  const second = await open('carla', 'The second');
  await eventOf(queue, 'queue', 'ENTERED', about(second.id));
  await queue.return();
  assert.equal(sockets.length, 1 + 1, 'a socket for the query, one for all the rest');
  await client.dispose();
}

async function errorsAreTold() {
  const { client } = clientOf('carla');
  const forbidden = await errorsOf(client.iterate({ query: QUEUE }));
  assert.equal(forbidden[0].extensions.code, 'FORBIDDEN');
  const unknown = await errorsOf(client.iterate({ query: '{ nope }' }));
  assert.equal(unknown[0].extensions.code, 'BAD_INPUT');
  const broken = await errorsOf(client.iterate({ query: 'subscription {' }));
  assert.equal(broken[0].extensions.code, 'BAD_INPUT');
  await client.dispose();
}

async function aBadTokenClosesTheSocket() {
  for (const connectionParams of [{ authorization: 'Bearer nonsense' }, undefined]) {
    const { client } = clientOf('alice', { connectionParams });
    const refused = client.iterate({ query: '{ viewer { id } }' });
    await assert.rejects(soon(refused.next(), 'a refusal'), ({ code, reason }) => {
      assert.equal(code, 4403);
      assert.notEqual(reason, '');
      return true;
    });
  }
}

async function theClientsOwnRetryGoesOn() {
  const waits = [];
  const { client, sockets } = clientOf('alice', {
    retryAttempts: 3,
    retryWait: async (retries) => {
      waits.push(retries);
      await sleep(50);
    },
    shouldRetry: () => true,
  });
  const queue = client.iterate({ query: QUEUE });
  assert.equal((await event(queue, 'queue')).kind, 'READY');
  const before = await open('carla', 'Before the cut');
  await eventOf(queue, 'queue', 'ENTERED', about(before.id));

  sockets[0].terminate();
  await eventOf(queue, 'queue', 'READY');
  const after = await open('carla', 'After the cut');
  await eventOf(queue, 'queue', 'ENTERED', about(after.id));
  assert.deepEqual(waits, [0]);
  assert.equal(sockets.length, 2);

  await queue.return();
  await client.dispose();
}

await operationsOfAllKinds();
await errorsAreTold();
await aBadTokenClosesTheSocket();
await theClientsOwnRetryGoesOn();
