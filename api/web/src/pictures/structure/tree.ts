import type { StructureQuery } from './structure.generated';

export type Body = StructureQuery['bodies']['nodes'][number];

export interface Branch {
  body: Body;
  depth: number;
  /** Which row it stands in, from 0; within columns a parent stands in the middle of its children. */
  row: number;
  parent: Branch | undefined;
}

/** Ministers first, then their officials, working groups, and the rest. */
const ORDER: Body['kind'][] = [
  'MINISTERIAL',
  'SENIOR_OFFICIALS',
  'WORKING_GROUP',
  'EXPERT_WORKING_GROUP',
  'CENTRE',
  'NETWORK',
  'DIALOGUE',
  'LAW_ENFORCEMENT_FORUM',
  'OTHER',
];

function children(bodies: Body[], parent: string): Body[] {
  return bodies
    .filter((body) => body.parent?.slug === parent)
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.name.localeCompare(b.name));
}

/** A tree in columns: a leaf a row, a parent in the middle of its children. */
export function columns(bodies: Body[], root: Body): { branches: Branch[]; rows: number } {
  const branches: Branch[] = [];
  let rows = 0;
  function place(body: Body, depth: number, parent: Branch | undefined): Branch {
    const branch: Branch = { body, depth, row: 0, parent };
    branches.push(branch);
    const below = children(bodies, body.slug).map((child) => place(child, depth + 1, branch));
    branch.row = below.length > 0 ? (below[0]!.row + below.at(-1)!.row) / 2 : rows++;
    return branch;
  }
  place(root, 0, undefined);
  return { branches, rows };
}

/** A tree as an indented list: a body a row. */
export function indented(bodies: Body[], root: Body): { branches: Branch[]; rows: number } {
  const branches: Branch[] = [];
  function place(body: Body, depth: number, parent: Branch | undefined): void {
    const branch: Branch = { body, depth, row: branches.length, parent };
    branches.push(branch);
    for (const child of children(bodies, body.slug)) place(child, depth + 1, branch);
  }
  place(root, 0, undefined);
  return { branches, rows: branches.length };
}
