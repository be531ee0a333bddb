import { runQuery, type WithRevision } from './client';
import type { PersistedDocument } from './persisted-document';

interface Page<Node> {
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Fetches all nodes of a connection at one revision. Starts over if the dataset changes between two pages. */
export async function fetchAllPages<
  Data extends WithRevision,
  Variables extends { after?: string | null | undefined },
  Node,
>(
  document: PersistedDocument<Data, Variables>,
  variables: Variables,
  connectionOf: (data: Data) => Page<Node>,
): Promise<Node[]> {
  let nodes: Node[] = [];
  let after: string | null | undefined;
  let revision: number | undefined;
  do {
    const data = await runQuery(document, { ...variables, after });
    if (revision !== undefined && revision !== data.dataset.revision) {
      nodes = [];
      after = undefined;
      revision = undefined;
      continue;
    }
    revision = data.dataset.revision;
    const page = connectionOf(data);
    nodes.push(...page.nodes);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined;
  } while (after || revision === undefined);
  return nodes;
}
