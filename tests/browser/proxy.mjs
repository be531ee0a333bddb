// A proxy in front of the service that injects faults.
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';

/**
 * Starts a proxy. `fault` is called with each request and its response, and returns true if it answers
 * the request itself. For a WebSocket handshake it receives a socket instead of a response.
 */
export async function startProxy(origin, fault) {
  const { hostname, port } = new URL(origin);
  const server = createServer((request, response) => {
    if (fault(request, response)) return;
    const { method, headers, url: path } = request;
    const forwarded = httpRequest({ hostname, port, method, headers, path }, (reply) => {
      response.writeHead(reply.statusCode, reply.headers);
      reply.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  });
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    if (fault(request, socket)) return;
    const headers = request.rawHeaders.map((text, index) => text + (index % 2 ? '\r\n' : ': ')).join('');
    const service = connect(port, hostname, () => {
      service.write(`GET ${request.url} HTTP/1.1\r\n${headers}\r\n`);
      service.write(head);
      service.pipe(socket).pipe(service);
    });
    service.on('error', () => socket.destroy());
    socket.on('error', () => service.destroy()).on('close', () => service.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
