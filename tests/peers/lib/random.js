// Chance that can be repeated: SEED in the environment, or a new one that is told at a failure.

export const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
let state = seed;

/** A number from 0 up to 1, without it (mulberry32). */
export function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** One of a list. */
export const pick = (list) => list[Math.floor(random() * list.length)];
