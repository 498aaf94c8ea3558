// Builds dist/graphiql: index.html and an assets/ folder of content-hashed
// files. The server shows index.html at GET /graphql and the assets below
// /graphql/assets/. Nothing the page loads comes from anywhere else.
//
// Every name in assets/ carries a hash of its content (except the licence
// texts), so the server may let browsers keep those files for ever.

import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, 'dist/graphiql');
const base = '/graphql/assets/';

/** Settings all three bundles share. */
const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  sourcemap: false,
  metafile: true,
  legalComments: 'none', // replaced by licences.txt, see below
  target: ['chrome111', 'firefox114', 'safari16.4'],
  outdir: path.join(out, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
};

/** The served address of the file that `result` made for an entry point. */
function addressOf(result, entry) {
  const found = Object.entries(result.metafile.outputs).find(
    ([, output]) => output.entryPoint === entry,
  );
  if (!found) throw new Error(`no output for ${entry}`);
  return base + path.basename(found[0]);
}

/** The licence texts of every npm package that ended up in the bundles. */
async function licences(results) {
  const folders = new Set();
  for (const result of results) {
    for (const input of Object.keys(result.metafile.inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (match) folders.add(match[1]);
    }
  }
  const parts = [];
  for (const folder of [...folders].sort()) {
    const at = path.join(here, folder);
    const { name, version, license } = JSON.parse(
      await readFile(path.join(at, 'package.json'), 'utf8'),
    );
    const texts = [];
    for (const file of (await readdir(at)).sort()) {
      if (/^(licen[cs]e|notice|third-?party-?notices)/i.test(file)) {
        texts.push((await readFile(path.join(at, file), 'utf8')).trim());
      }
    }
    parts.push([`${name} ${version} (${license})`, ...texts].join('\n\n'));
  }
  return parts.join(`\n\n${'-'.repeat(78)}\n\n`) + '\n';
}

await rm(out, { recursive: true, force: true });
await mkdir(shared.outdir, { recursive: true });

// 1. Monaco's web workers: one self-contained classic script each.
const workerEntries = {
  editor: 'node_modules/monaco-editor/esm/vs/editor/editor.worker.js',
  json: 'node_modules/monaco-editor/esm/vs/language/json/json.worker.js',
  graphql: 'node_modules/monaco-graphql/esm/graphql.worker.js',
};
const workers = await build({
  ...shared,
  format: 'iife',
  entryPoints: Object.fromEntries(
    Object.entries(workerEntries).map(([label, entry]) => [`worker-${label}`, entry]),
  ),
});

// 2. The page's script. Monaco's many small style sheets are left out here:
//    graphiql/style.css already holds them all.
const script = await build({
  ...shared,
  format: 'esm',
  splitting: true,
  jsx: 'automatic',
  entryPoints: ['src/main.jsx'],
  // GraphiQL asks for these two by their CommonJS names, whose exports esbuild
  // cannot split; without this, "Prettify" fails.
  alias: {
    'prettier/parser-graphql': 'prettier/plugins/graphql',
    'prettier/parser-babel': 'prettier/plugins/babel',
  },
  loader: { '.css': 'empty', '.graphql': 'text' },
  define: {
    ...shared.define,
    WORKERS: JSON.stringify(
      Object.fromEntries(
        Object.entries(workerEntries).map(([label, entry]) => [
          label,
          addressOf(workers, entry),
        ]),
      ),
    ),
  },
});

// 3. The style sheet, with its fonts inside it as data: addresses.
const style = await build({ ...shared, entryPoints: ['src/style.css'] });

const page = (await readFile(path.join(here, 'src/index.html'), 'utf8'))
  .replace('{{script}}', addressOf(script, 'src/main.jsx'))
  .replace('{{style}}', addressOf(style, 'src/style.css'));
await writeFile(path.join(out, 'index.html'), page);
await writeFile(
  path.join(shared.outdir, 'licences.txt'),
  await licences([workers, script, style]),
);
console.log(`built ${path.relative(here, out)}`);
