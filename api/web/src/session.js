// Who requests are sent as: the chosen development identity and its token, or
// a pasted token where the server has no development identities.

/** The development identities the server knows, and their labels. */
export const IDENTITIES = [
  ['customer', 'Customer'],
  ['agent', 'Agent'],
  ['agent2', 'Second agent'],
  ['supervisor', 'Supervisor'],
];

const STORAGE_KEY = 'deskwire:identity';

function remembered() {
  let stored = null;
  try {
    stored = localStorage.getItem(STORAGE_KEY);
  } catch {
    // Storage is blocked: start with the first identity.
  }
  return IDENTITIES.some(([name]) => name === stored) ? stored : 'customer';
}

function remember(identity) {
  try {
    localStorage.setItem(STORAGE_KEY, identity);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}

/** Asks the server for a token; null when it has no development identities. */
async function requestToken(identity) {
  const response = await fetch('/dev/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity }),
  });
  if (response.status === 404) return null;
  if (!response.ok) {
    throw new Error(`POST /dev/token answered ${response.status}`);
  }
  const { token } = await response.json();
  if (!token) throw new Error('POST /dev/token answered without a token');
  return token;
}

/**
 * The page's one session. `state` is replaced, never changed, so React can
 * compare it:
 * - mode: 'dev' (identities) or 'paste' (a pasted token)
 * - identity: the chosen identity
 * - token: what is sent now, or null
 * - problem: why there is no usable token, or null
 * - version: counts the changes of person, not the renewals of a token
 */
export function createSession() {
  let state = {
    mode: 'dev',
    identity: remembered(),
    token: null,
    problem: null,
    version: 0,
  };
  let pending = null; // the token request under way, if any
  const listeners = new Set();

  function update(change) {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  function load() {
    const { identity, version } = state;
    const mine = requestToken(identity).then(
      (token) => {
        if (pending !== mine) return session.token(); // overtaken by a switch
        pending = null;
        if (token === null) {
          update({ mode: 'paste', token: null, problem: null });
        } else {
          update({ token, problem: null });
        }
        return token;
      },
      (error) => {
        if (pending !== mine) return session.token();
        pending = null;
        update({ token: null, problem: error.message });
        throw error;
      },
    );
    pending = mine;
    return mine;
  }

  const session = {
    getState: () => state,

    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** The token to send, waiting for one if need be; null for none. */
    async token() {
      if (state.mode === 'paste' || (state.token && !pending)) {
        return state.token;
      }
      return pending ?? load();
    },

    /**
     * The server refused `used`. Resolves to true when there is another token
     * to try, which is never the case for a pasted one.
     */
    async renew(used) {
      if (state.mode === 'paste') {
        if (used && used === state.token) {
          update({ problem: 'the server refused this token' });
        }
        return false;
      }
      if (state.token === used && !pending) load();
      const token = await session.token();
      return token !== null && token !== used;
    },

    /** Switches to another development identity. */
    choose(identity) {
      remember(identity);
      pending = null;
      update({ identity, token: null, problem: null, version: state.version + 1 });
      session.token().catch(() => {}); // told by state.problem
    },

    /** Uses a pasted token; an empty one means none. */
    paste(text) {
      const token = text.trim().replace(/^bearer\s+/i, '') || null;
      update({ token, problem: null, version: state.version + 1 });
    },
  };
  return session;
}
