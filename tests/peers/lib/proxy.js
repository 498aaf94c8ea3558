// A TCP proxy in front of the server whose connections can be cut, as networks cut them.

import net from 'node:net';

/** Starts one; `cut` ends everything that is open and says how much that was. */
export async function startProxy(target) {
  const pairs = new Set();
  const server = net.createServer((front) => {
    const back = net.connect({ host: target.hostname, port: target.port });
    const pair = [front, back];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    front.pipe(back);
    back.pipe(front);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    const open = [...pairs];
    for (const [front] of open) front.destroy();
    return open.length;
  };
  const close = () => {
    server.close();
    cut();
  };
  return { port: server.address().port, cut, close };
}
