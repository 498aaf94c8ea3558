// How GraphiQL reaches the server: queries and mutations by POST /graphql,
// subscriptions over graphql-transport-ws on the same path.

import { createClient } from 'graphql-ws';
import { OperationTypeNode, getOperationAST, parse } from 'graphql';

const PATH = '/graphql';

/** Close events that speak of the token: 4401 Unauthorized, 4403 Forbidden. */
const isRefusal = (event) => event.code === 4401 || event.code === 4403;

/** The WebSocket client; it has a socket open only while it is needed. */
export function createSocket(session) {
  const client = createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${PATH}`,
    async connectionParams() {
      client.token = await session.token();
      return client.token ? { authorization: `Bearer ${client.token}` } : {};
    },
    on: {
      connecting: () => (client.acknowledged = false),
      connected: () => (client.acknowledged = true),
    },
    // A connection that was closed is taken up again, also when this page
    // closed it to change the person; a refusal is for observe() below.
    shouldRetry: (event) => 'code' in event && !isRefusal(event),
    retryWait: (retries) =>
      new Promise((resolve) => setTimeout(resolve, 250 * 2 ** retries)),
  });
  return client;
}

function isSubscription({ query, operationName }) {
  try {
    const operation = getOperationAST(parse(query), operationName);
    return operation?.operation === OperationTypeNode.SUBSCRIPTION;
  } catch {
    return false; // a syntax error: let the server say so
  }
}

/** Sends one request; a 401 renews the token and tries once more. */
async function post(session, payload, extraHeaders, again = true) {
  const token = await session.token();
  const headers = new Headers({
    accept: 'application/json',
    'content-type': 'application/json',
  });
  if (token) headers.set('authorization', `Bearer ${token}`);
  // GraphiQL's own header editor has the last word.
  for (const [name, value] of Object.entries(extraHeaders ?? {})) {
    headers.set(name, value);
  }
  const response = await fetch(PATH, {
    method: 'POST',
    headers,
    body: JSON.stringify(payload),
  });
  if (response.status === 401 && again && (await session.renew(token))) {
    return post(session, payload, extraHeaders, false);
  }
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The server answered ${response.status}: ${text.slice(0, 500)}`);
  }
}

/** What graphql-ws reports (errors, close events) as something to read. */
function readable(failure) {
  if (Array.isArray(failure) || failure instanceof Error) return failure;
  if (typeof failure?.code === 'number') {
    return new Error(
      `The WebSocket was closed: ${failure.code} ${failure.reason ?? ''}`.trim(),
    );
  }
  return new Error('The WebSocket connection failed');
}

/** A subscription in the shape GraphiQL takes: an observable. */
function observe(session, client, payload) {
  return {
    subscribe(sink) {
      let stopped = false;
      let dispose = () => {};
      function start(again) {
        dispose = client.subscribe(payload, {
          next: sink.next,
          complete: sink.complete,
          async error(failure) {
            // Closed before it was accepted: most likely an expired token.
            const refused =
              isRefusal(failure) || ('code' in failure && !client.acknowledged);
            if (refused && again) {
              const renewed = await session.renew(client.token).catch(() => false);
              if (stopped) return;
              if (renewed) return start(false);
            }
            sink.error(readable(failure));
          },
        });
      }
      start(true);
      return {
        unsubscribe() {
          stopped = true;
          dispose();
        },
      };
    },
  };
}

/** GraphiQL's fetcher. */
export function createFetcher(session, client) {
  return (payload, options) =>
    isSubscription(payload)
      ? observe(session, client, payload)
      : post(session, payload, options?.headers);
}
