import { ask } from './client';
import type { PersistedDocument } from './document';

interface Page<Node> {
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** All pages of a list, one after the other, as one. */
export async function everyPage<Data, Variables extends { after?: string | null | undefined }, Node>(
  document: PersistedDocument<Data, Variables>,
  variables: Variables,
  list: (data: Data) => Page<Node>,
): Promise<Node[]> {
  const nodes: Node[] = [];
  let after: string | null | undefined;
  do {
    const page = list(await ask(document, { ...variables, after }));
    nodes.push(...page.nodes);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined;
  } while (after);
  return nodes;
}
