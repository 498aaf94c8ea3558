// The server that the test started: where it is, and who may sign in.

import assert from 'node:assert/strict';

export const world = JSON.parse(process.env.WORLD);

/** What somebody sends to sign in, in a header or with `connection_init`. */
export const bearer = (person) => ({ authorization: `Bearer ${world.tokens[person]}` });

/** Sends an operation by POST and gives back its data, which must have come without errors. */
export async function ask(person, query, variables = {}) {
  const response = await fetch(world.http, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(person) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** Runs a mutation that answers with a ticket, and gives back the ticket. */
export async function change(person, mutation, input) {
  const type = mutation[0].toUpperCase() + mutation.slice(1) + 'Input';
  const data = await ask(
    person,
    `mutation ($input: ${type}!) { it: ${mutation}(input: $input) {
      ticket { id number subject status priority version } userErrors { code message } } }`,
    { input },
  );
  assert.deepEqual(data.it.userErrors, [], mutation);
  return data.it.ticket;
}

/** Opens a ticket as a customer. */
export const open = (person, subject) =>
  change(person, 'createTicket', { subject, description: 'It does not work.' });
