// Tokens as the host product makes them.

import { createHmac } from 'node:crypto';
import { world } from './world.js';

/** For how long the server takes a token that has expired: clocks differ. Seconds. */
const LEEWAY = 30;

/** A token of an agent that the server takes for some seconds from now on. */
export function shortToken(seconds) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) - LEEWAY + seconds;
  const claims = { sub: 'alice', name: 'Alice', email: 'alice@example.com', role: 'agent', exp };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  const signature = createHmac('sha256', world.secret).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}
