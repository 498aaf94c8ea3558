// The bar above GraphiQL: who requests are sent as.

import { useState } from 'react';
import { IDENTITIES } from './session.js';

function IdentityChoice({ session, state }) {
  const label = IDENTITIES.find(([name]) => name === state.identity)[1];
  return (
    <>
      <div>
        <label htmlFor="identity">Development identity</label>
        <select
          id="identity"
          value={state.identity}
          onChange={(event) => session.choose(event.target.value)}
        >
          {IDENTITIES.map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      </div>
      <p role="status" className={state.problem ? 'alarm' : undefined}>
        {state.problem
          ? `No token for ${label}: ${state.problem}. The next request tries again.`
          : state.token
            ? `Requests are sent as ${label} (${state.identity}).`
            : `Getting a token for ${label}…`}
      </p>
    </>
  );
}

function TokenInput({ session, state }) {
  const [text, setText] = useState('');
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          session.paste(text);
        }}
      >
        <label htmlFor="token">Paste a bearer token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">Use it</button>
      </form>
      <p role="status" className={state.problem ? 'alarm' : undefined}>
        {'Development identities are off on this server (POST /dev/token answers 404). '}
        {state.problem
          ? `Requests are refused: ${state.problem}.`
          : state.token
            ? 'Requests are sent with the pasted token, kept until this page is reloaded.'
            : 'Requests are sent without a token.'}
      </p>
    </>
  );
}

export function Bar({ session, state }) {
  const Choice = state.mode === 'dev' ? IdentityChoice : TokenInput;
  return (
    <header className="bar">
      <h1>Deskwire</h1>
      <Choice session={session} state={state} />
    </header>
  );
}
