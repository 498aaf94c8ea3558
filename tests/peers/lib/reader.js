// Reads a stream of results item by item, with a limit that makes a hang a failure.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT = 30_000; // milliseconds

/** Waits for something that has to come. */
export function soon(promise, what, limit = LIMIT) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`never came: ${what}`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Waits until something is so. */
export async function until(probe, what) {
  for (const start = Date.now(); !probe(); ) {
    assert.ok(Date.now() - start < LIMIT, `never came true: ${what}`);
    await sleep(20);
  }
}

/** The next result, which must not be the end. */
export async function next(results, what) {
  const { value, done } = await soon(results.next(), what);
  assert.ok(!done, `the stream ended before ${what}`);
  return value;
}

/** The next event of the field `name`, which must have come without errors. */
export async function event(results, name) {
  const { data, errors } = await next(results, `an event of ${name}`);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data[name];
}

/** The next event of the field `name` that is of this kind; ones before it are passed over. */
export async function eventOf(results, name, kind, about = () => true) {
  for (;;) {
    const found = await event(results, name);
    if (found.kind === kind && about(found)) return found;
  }
}

/** The end of a stream: nothing more may come. */
export async function end(results) {
  const { value, done } = await soon(results.next(), 'the end');
  assert.ok(done, `more came: ${JSON.stringify(value)}`);
}
