// The audits of GraphQL over HTTP, without a token: everybody's first request.

import assert from 'node:assert/strict';
import { serverAudits } from 'graphql-http';
import { world } from './lib/world.js';

// What the specification leaves open and we do otherwise: id and reason. Nothing so far. A MAY that
// changes either way fails, so that the list stays true.
const otherwise = {};

const audits = serverAudits({ url: world.http, fetchFn: fetch });
assert.equal(audits.length, 61, 'a new version of graphql-http: look at what it audits');

const failed = [];
const optional = [];
for (const audit of audits) {
  const { id, name, status, reason, response } = await audit.fn();
  if (status === 'ok') continue;
  if (name.startsWith('MAY') && status === 'notice') optional.push(id);
  if (id in otherwise) continue;
  const answered = response && `${response.status} ${response.headers.get('content-type')}`;
  failed.push(`${id} ${name}: ${reason} (${answered})`);
}
assert.deepEqual(failed, [], 'audits that fail');
assert.deepEqual(optional.sort(), Object.keys(otherwise).sort(), 'a MAY that changed');
