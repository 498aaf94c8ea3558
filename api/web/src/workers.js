// Tells Monaco where its web workers are: beside this script, not on a CDN.
// WORKERS is filled in by build.js.

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(WORKERS[label] ?? WORKERS.editor, { name: label });
  },
};
