import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { exampleQueriesPlugin } from './build/example-queries.js';
import { systemFonts } from './build/system-fonts.js';

/** The service that `npm run dev` forwards requests to. */
const service = process.env.ADKB_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte(), exampleQueriesPlugin(), systemFonts()],
  resolve: {
    alias: { 'react-style-singleton': new URL('src/graphiql/style-singleton.ts', import.meta.url).pathname },
  },
  build: {
    // The Content-Security-Policy forbids inline resources, including `data:` fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    // GraphiQL is one large chunk, loaded only at `/graphiql`.
    chunkSizeWarningLimit: 2000,
    rollupOptions: {
      input: ['index.html', 'graphiql.html'],
      output: {
        // One chunk for what most pages use: many small ones compress worse, and each is a request.
        codeSplitting: {
          groups: [
            {
              name: 'shared',
              test: /\/web\/src\/(api|components|routing|version|format)|\/node_modules\/svelte\//,
            },
          ],
        },
      },
      // "use client" directives of React components have no effect in the browser.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
  server: {
    proxy: { '^(/at/[^/]+)?/(graphql|export|schema\\.graphql)': { target: service, ws: true } },
  },
});
