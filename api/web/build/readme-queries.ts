import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const README = new URL('../../../README.md', import.meta.url);
const ID = 'virtual:readme-queries';

/** The GraphQL blocks of the README, each with the heading that it stands under. */
export function queriesOf(markdown: string): { title: string; query: string }[] {
  const queries = [];
  let title = '';
  for (const [, heading, block] of markdown.matchAll(/^#+ (.+)$|^```graphql\n([\s\S]*?)^```$/gm)) {
    if (heading) title = heading.replaceAll('`', '');
    else if (block) queries.push({ title, query: named(block.trimEnd(), title) });
  }
  return queries;
}

/** A query with a name, by which GraphiQL calls its tab: the first words of its heading where it has none of its own. */
function named(query: string, title: string): string {
  if (!query.startsWith('{')) return query;
  const words = title.match(/[A-Za-z]+/g) ?? ['Query'];
  const name = words.slice(0, 4).map((word) => word.replace(/^./, (first) => first.toUpperCase()));
  return `query ${name.join('')} ${query}`;
}

/** The module `virtual:readme-queries`, by which the explorer opens with the README's queries. */
export function readmeQueries(): Plugin {
  return {
    name: 'readme-queries',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load(id) {
      if (id !== `\0${ID}`) return;
      this.addWatchFile(README.pathname);
      return `export default ${JSON.stringify(queriesOf(readFileSync(README, 'utf8')))}`;
    },
  };
}
