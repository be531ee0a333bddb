import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const README = new URL('../../../README.md', import.meta.url);
const ID = 'virtual:readme-queries';

/** The GraphQL code blocks of a Markdown file, each with the heading above it. */
export function extractQueries(markdown: string): { title: string; query: string }[] {
  const queries = [];
  let title = '';
  for (const [, heading, block] of markdown.matchAll(/^#+ (.+)$|^```graphql\n([\s\S]*?)^```$/gm)) {
    if (heading) title = heading.replaceAll('`', '');
    else if (block) queries.push({ title, query: withName(block.trimEnd(), title) });
  }
  return queries;
}

/** Names an anonymous query after the first words of its heading. GraphiQL shows the name as the title of the tab. */
function withName(query: string, title: string): string {
  if (!query.startsWith('{')) return query;
  const words = title.match(/[A-Za-z]+/g) ?? ['Query'];
  const name = words.slice(0, 4).map((word) => word.replace(/^./, (first) => first.toUpperCase()));
  return `query ${name.join('')} ${query}`;
}

/** Provides the module `virtual:readme-queries`: GraphiQL opens with the queries of the README. */
export function readmeQueries(): Plugin {
  return {
    name: 'readme-queries',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load(id) {
      if (id !== `\0${ID}`) return;
      this.addWatchFile(README.pathname);
      return `export default ${JSON.stringify(extractQueries(readFileSync(README, 'utf8')))}`;
    },
  };
}
