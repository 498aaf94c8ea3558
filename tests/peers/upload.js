// The code of docs/attachments.md in a real browser, on a page of another origin than the desk's.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { ask, world } from './lib/world.js';

const { CHROMIUM, PAGE_PORT, UPLOAD } = process.env;
const page = '<!doctype html><title>A page of the host product</title><link rel="icon" href="data:,"><script type="module" src="/upload.js"></script>';
const served = { '/': ['text/html', page], '/upload.js': ['text/javascript', UPLOAD] };
const server = createServer((request, response) => {
  const [type, text] = served[request.url] ?? ['text/plain', ''];
  response.writeHead(text ? 200 : 404, { 'content-type': type }).end(text);
});
await new Promise((done) => server.listen(Number(PAGE_PORT), '127.0.0.1', done));

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  const tab = await browser.newPage();
  const problems = [];
  tab.on('pageerror', (error) => problems.push(String(error)));
  tab.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await tab.goto(`http://localhost:${PAGE_PORT}/`);
  const name = 'Bildschirmfoto 截图 🙈.png';
  const { attachment, width } = await tab.evaluate(
    async ({ endpoint, token, name }) => {
      const { upload } = await import('/upload.js');
      const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 200 });
      const pen = canvas.getContext('2d');
      pen.fillStyle = 'teal';
      pen.fillRect(20, 20, 280, 160);
      const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
      const attachment = await upload(endpoint, token, new File([blob], name, { type: 'image/png' }));
      const image = Object.assign(document.createElement('img'), { src: attachment.inlineUrl });
      document.body.append(image);
      await image.decode();
      return { attachment, width: image.naturalWidth };
    },
    { endpoint: world.http, token: world.tokens.carla, name },
  );
  assert.equal(attachment.fileName, name);
  assert.equal(width, 320, 'the picture is shown');
  // A file that is not what it says is refused in words that the page can show.
  const refused = await tab.evaluate(
    async ({ endpoint, token }) => {
      const { upload } = await import('/upload.js');
      const file = new File(['<html><script>alert(1)</script></html>'], 'a.png', { type: 'image/png' });
      return upload(endpoint, token, file).catch((error) => error.message);
    },
    { endpoint: world.http, token: world.tokens.carla },
  );
  assert.match(refused, /not image\/png/);
  // The link saves the file under its name; it is never shown.
  const open = `mutation ($input: CreateTicketInput!) { createTicket(input: $input) {
    ticket { attachments { url } } userErrors { message } } }`;
  const input = { subject: 'Wrong', description: 'See', attachmentIds: [attachment.id] };
  const data = await ask('carla', open, { input });
  const [{ url }] = data.createTicket.ticket.attachments;
  const [download] = await Promise.all([
    tab.waitForEvent('download'),
    tab.evaluate((url) => void window.location.assign(url), url),
  ]);
  assert.equal(download.suggestedFilename(), name);
  assert.deepEqual(problems, []);
} finally {
  await browser.close();
  server.close();
}
