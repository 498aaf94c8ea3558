// The page: the bar and, below it, GraphiQL.

import './workers.js';
import { useMemo, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import { Bar } from './bar.jsx';
import { createSession } from './session.js';
import { createFetcher, createSocket } from './transport.js';
import defaultQuery from './default-query.graphql';

const session = createSession();
const socket = createSocket(session);

// Another person: close the WebSocket. Subscriptions still running are taken
// up again on a new one, which is opened with the new token.
let version = session.getState().version;
session.subscribe(() => {
  if (session.getState().version === version) return;
  version = session.getState().version;
  socket.terminate();
});

function Page() {
  const state = useSyncExternalStore(session.subscribe, session.getState);
  // A new fetcher makes GraphiQL read the schema again, as the new person.
  const fetcher = useMemo(() => createFetcher(session, socket), [state.version]);
  return (
    <>
      <Bar session={session} state={state} />
      <main className="graphiql-host" aria-label="GraphiQL">
        <GraphiQL fetcher={fetcher} defaultQuery={defaultQuery} />
      </main>
    </>
  );
}

createRoot(document.getElementById('root')).render(<Page />);
