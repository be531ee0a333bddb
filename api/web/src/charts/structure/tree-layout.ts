import type { StructureQuery } from './structure.generated';

export type Body = StructureQuery['bodies']['nodes'][number];

export interface TreeNode {
  body: Body;
  depth: number;
  /** Row from 0. Not an integer if a parent is centred on an even number of children. */
  row: number;
  parent: TreeNode | undefined;
}

/** The order of sibling bodies. */
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

/** A tree in columns: one row per leaf, parents centred on their children. */
export function columnLayout(bodies: Body[], root: Body): { nodes: TreeNode[]; rows: number } {
  const nodes: TreeNode[] = [];
  let rows = 0;
  function place(body: Body, depth: number, parent: TreeNode | undefined): TreeNode {
    const node: TreeNode = { body, depth, row: 0, parent };
    nodes.push(node);
    const childNodes = children(bodies, body.slug).map((child) => place(child, depth + 1, node));
    node.row = childNodes.length > 0 ? (childNodes[0]!.row + childNodes.at(-1)!.row) / 2 : rows++;
    return node;
  }
  place(root, 0, undefined);
  return { nodes, rows };
}

/** A tree as an indented list: one row per body. */
export function indentedLayout(bodies: Body[], root: Body): { nodes: TreeNode[]; rows: number } {
  const nodes: TreeNode[] = [];
  function place(body: Body, depth: number, parent: TreeNode | undefined): void {
    const node: TreeNode = { body, depth, row: nodes.length, parent };
    nodes.push(node);
    for (const child of children(bodies, body.slug)) place(child, depth + 1, node);
  }
  place(root, 0, undefined);
  return { nodes, rows: nodes.length };
}
