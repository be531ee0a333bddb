// Serves the built page as the service does, before one that does not yet: the same routes, the same policy, and the
// documents of the page known by their hash. Everything else goes to the service at ADKB_SERVICE.
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';

const DIST = new URL('../../api/web/dist/', import.meta.url);
const service = new URL(process.env.ADKB_SERVICE ?? 'http://127.0.0.1:8080');
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
  "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
};
const OF_THE_SERVICE = /^\/(graphql|export|schema\.graphql|healthz|readyz|metrics)(\/|$)/;

function answer(response, status, name) {
  response.writeHead(status, {
    'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  response.end(readFileSync(new URL(name, DIST)));
}

/** A query that names its document by hash alone, with the text that the hash stands for. */
function withDocument(url) {
  const extensions = url.searchParams.get('extensions');
  if (url.pathname !== '/graphql' || !extensions || url.searchParams.has('query')) return url;
  const documents = JSON.parse(readFileSync(new URL('persisted-documents.json', DIST), 'utf8'));
  const text = documents[JSON.parse(extensions).persistedQuery.sha256Hash];
  if (text) url.searchParams.set('query', text);
  return url;
}

const server = createServer((incoming, response) => {
  const url = new URL(incoming.url, 'http://page');
  if (OF_THE_SERVICE.test(url.pathname)) {
    const { pathname, search } = withDocument(url);
    const outgoing = request(
      {
        host: service.hostname,
        port: service.port,
        path: pathname + search,
        method: incoming.method,
        headers: incoming.headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    outgoing.on('error', () => response.writeHead(502).end());
    incoming.pipe(outgoing);
    return;
  }
  const name = url.pathname.slice(1);
  try {
    if (name.includes('..')) throw new Error('outside');
    if (/^(assets\/|[^/]+\.[a-z]+$)/.test(name)) answer(response, 200, name);
    else answer(response, 200, name === 'graphiql' ? 'graphiql.html' : 'index.html');
  } catch {
    response.writeHead(404).end();
  }
});

server.on('upgrade', (incoming, socket, head) => {
  const upstream = connect(Number(service.port), service.hostname, () => {
    const headers = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    upstream.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers.join('')}\r\n`);
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
  });
  upstream.on('error', () => socket.destroy());
  socket.on('error', () => upstream.destroy());
});

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`the page is at http://127.0.0.1:${server.address().port}/`);
});
