import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { readmeQueries } from './build/readme-queries.js';
import { systemFonts } from './build/system-fonts.js';

/** The running service that `npm run dev` shows the page of. */
const service = process.env.ADKB_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte(), readmeQueries(), systemFonts()],
  resolve: {
    alias: { 'react-style-singleton': new URL('src/graphiql/style-singleton.ts', import.meta.url).pathname },
  },
  build: {
    // The page's Content-Security-Policy has no room for inline anything, data: fonts among it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    // GraphiQL is one large page of its own, and says so at its address.
    chunkSizeWarningLimit: 2000,
    rollupOptions: {
      input: ['index.html', 'graphiql.html'],
      // React's mark of client components says nothing here: everything runs in the browser.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/graphql', '/export', '/schema.graphql'].map((path) => [path, { target: service, ws: true }]),
    ),
  },
});
