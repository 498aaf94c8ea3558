// Looks at the schema with the rules of eslint.config.js, from the root of the repository: ESLint
// passes over files that are not below the folder in which it works.

import { ESLint } from 'eslint';

const eslint = new ESLint({
  cwd: new URL('../..', import.meta.url).pathname,
  overrideConfigFile: 'tests/peers/eslint.config.js',
});
const results = await eslint.lintFiles('schema/schema.graphql');
const messages = results.flatMap(({ messages }) => messages);
for (const { line, ruleId, message } of messages) {
  console.error(`${line}: ${ruleId}: ${message}`);
}
process.exit(results.length === 1 && messages.length === 0 ? 0 : 1);
