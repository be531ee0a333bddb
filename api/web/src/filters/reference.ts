import { fetchAllPages } from '../api/all-pages';
import { runQuery } from '../api/client';
import { BodiesDocument, type BodiesQuery } from './bodies.generated';
import { ReferenceDocument, type ReferenceQuery } from './reference.generated';

export type ReferenceBody = BodiesQuery['bodies']['nodes'][number];
export type ReferenceTheme = ReferenceQuery['themes']['nodes'][number];

/** Reference data: the options of the filters, and the names of parties, themes and bodies. */
export interface Reference extends ReferenceQuery {
  bodies: ReferenceBody[];
}

/** Loads the data that the filters and all charts need. */
export async function loadReference(): Promise<Reference> {
  const [data, bodies] = await Promise.all([
    runQuery(ReferenceDocument, {}),
    fetchAllPages(BodiesDocument, {}, ({ bodies }) => bodies),
  ]);
  return { ...data, bodies };
}

/** The bodies in `roots` and all their direct and indirect subordinate bodies. */
export function withSubordinates(bodies: ReferenceBody[], roots: string[]): Set<string> {
  const found = new Set(roots);
  let grown = true;
  while (grown) {
    grown = false;
    for (const { slug, parent } of bodies) {
      if (parent && found.has(parent.slug) && !found.has(slug)) {
        found.add(slug);
        grown = true;
      }
    }
  }
  return found;
}
