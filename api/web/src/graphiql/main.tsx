import { parse, print } from 'graphql';
import queries from 'virtual:example-queries';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import { base } from '../routing/base';
import { observeAccessibility } from './accessibility';
import { fetcher } from './fetcher';
import './graphiql.css';

interface Tab {
  query: string;
  variables?: string;
}

/** The query in the URL fragment, to which the charts and lists link. */
function linkedTab(): Tab | undefined {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const query = parameters.get('query');
  if (!query) return;
  return { query: formatQuery(query), variables: parameters.get('variables') ?? '' };
}

function formatQuery(query: string): string {
  try {
    return print(parse(query));
  } catch {
    return query;
  }
}

const linked = linkedTab();
const tabs: Tab[] = [...(linked ? [linked] : []), ...queries];

/** Keeps tabs in memory only, so that they do not persist for the next reader. */
const memory = new Map<string, string>();
const storage = {
  getItem: (key: string) => memory.get(key) ?? null,
  setItem: (key: string, value: string) => void memory.set(key, value),
  removeItem: (key: string) => void memory.delete(key),
  clear: () => memory.clear(),
  get length() {
    return memory.size;
  },
};

const root = document.getElementById('graphiql')!;
observeAccessibility(root);
createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={tabs}
    variables={linked?.variables}
    storage={storage}
    shouldPersistHeaders={false}
  >
    <GraphiQL.Logo>
      <a className="back" href={base.url('/')}>
        ASEAN defence cooperation
      </a>
    </GraphiQL.Logo>
  </GraphiQL>,
);

if (base.isEarlierState) void import('./version-line').then(({ showVersionLine }) => showVersionLine(root));

// Another link to an open GraphiQL page changes only the fragment.
addEventListener('hashchange', () => location.reload());
