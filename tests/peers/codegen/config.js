// The usual ways to generate TypeScript: plain types of the schema, of the operations, and the client
// preset. The first two repeat enums and inputs, so they cannot share a file.

const shared = {
  // What the server's scalars are in JSON.
  scalars: { DateTime: 'string', ID: 'string' },
  strictScalars: true,
  useTypeImports: true,
};

export default {
  schema: '../../schema/schema.graphql',
  documents: 'codegen/*.graphql',
  generates: {
    'generated/codegen/schema.ts': { plugins: ['typescript'], config: shared },
    'generated/codegen/operations.ts': { plugins: ['typescript-operations'], config: shared },
    'generated/codegen/client/': {
      preset: 'client',
      presetConfig: { fragmentMasking: { unmaskFunctionName: 'unmask' } },
      config: shared,
    },
  },
};
