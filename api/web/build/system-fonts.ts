import type { Plugin } from 'vite';

/** GraphiQL's style sheet brings its fonts along as data, which the page's policy refuses: the system's own take their place. */
export function systemFonts(): Plugin {
  return {
    name: 'system-fonts',
    enforce: 'pre',
    transform: (code, id) =>
      id.endsWith('graphiql/dist/style.css') ? code.replaceAll(/@font-face\s*\{[^}]*\}/g, '') : undefined,
  };
}
