import { ask, type WithRevision } from './client';
import type { PersistedDocument } from './document';

interface Page<Node> {
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** All nodes of a list, page by page, of one revision: when the dataset changes on the way, it starts over. */
export async function everyPage<
  Data extends WithRevision,
  Variables extends { after?: string | null | undefined },
  Node,
>(
  document: PersistedDocument<Data, Variables>,
  variables: Variables,
  list: (data: Data) => Page<Node>,
): Promise<Node[]> {
  let nodes: Node[] = [];
  let after: string | null | undefined;
  let revision: number | undefined;
  do {
    const data = await ask(document, { ...variables, after });
    if (revision !== undefined && revision !== data.dataset.revision) {
      nodes = [];
      after = undefined;
      revision = undefined;
      continue;
    }
    revision = data.dataset.revision;
    const page = list(data);
    nodes.push(...page.nodes);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined;
  } while (after || revision === undefined);
  return nodes;
}
