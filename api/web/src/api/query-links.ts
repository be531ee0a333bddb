import { base } from '../routing/base';
import type { PersistedDocument } from './persisted-document';

/** The URL that opens a query in GraphiQL. */
export function graphiqlUrl({ text }: PersistedDocument<unknown, never>, variables: unknown): string {
  return `${base.graphiql}#${new URLSearchParams({ query: text, variables: JSON.stringify(variables, null, 2) })}`;
}

/** A shell command that sends a query. */
export function curlCommand({ text: query }: PersistedDocument<unknown, never>, variables: unknown): string {
  const body = JSON.stringify({ query, variables }).replaceAll("'", "'\\''");
  return `curl ${location.origin}${base.graphql} -H 'Content-Type: application/json' -d '${body}'`;
}
