// Runs the unit tests, `src/**/*.test.ts`, in Node.js. Vite resolves and compiles their imports.
import { readdirSync } from 'node:fs';
import { createServer } from 'vite';

// The address at which a test opens the page.
globalThis.location = new URL('http://localhost/');

const server = await createServer({
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, ws: false, watch: null },
});
for (const file of readdirSync('src', { recursive: true }).filter((file) => file.endsWith('.test.ts')))
  await server.ssrLoadModule(`/src/${file}`);
await server.close();
