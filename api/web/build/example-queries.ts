import { readFileSync, readdirSync } from 'node:fs';
import type { Plugin } from 'vite';

const EXAMPLES = new URL('../../examples/', import.meta.url);
const ID = 'virtual:example-queries';

/** The queries of `api/examples` by name, the simplest first. A query begins with a comment that is its title. */
export function exampleQueries(): { query: string; variables?: string }[] {
  const files = readdirSync(EXAMPLES);
  const read = (file: string) => readFileSync(new URL(file, EXAMPLES), 'utf8').trimEnd();
  const names = files.filter((file) => file.endsWith('.graphql')).map((file) => file.replace('.graphql', ''));
  names.sort((a, b) => Number(b === 'dataset') - Number(a === 'dataset') || a.localeCompare(b, 'en'));
  return names.map((name) => {
    const variables = `${name}.variables.json`;
    return {
      query: read(`${name}.graphql`),
      variables: files.includes(variables) ? read(variables) : undefined,
    };
  });
}

/** Provides the module `virtual:example-queries`: GraphiQL opens with these queries. */
export function exampleQueriesPlugin(): Plugin {
  return {
    name: 'example-queries',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load(id) {
      if (id !== `\0${ID}`) return;
      for (const file of readdirSync(EXAMPLES)) this.addWatchFile(new URL(file, EXAMPLES).pathname);
      return `export default ${JSON.stringify(exampleQueries())}`;
    },
  };
}
