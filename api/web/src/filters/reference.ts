import { everyPage } from '../api/every-page';
import { ask } from '../api/client';
import { BodiesDocument, type BodiesQuery } from './bodies.generated';
import { ReferenceDocument, type ReferenceQuery } from './reference.generated';

export type ReferenceBody = BodiesQuery['bodies']['nodes'][number];
export type ReferenceTheme = ReferenceQuery['themes']['nodes'][number];

/** What can be chosen in the filters: partners that gave anything, themes, bodies. */
export interface Reference extends ReferenceQuery {
  bodies: ReferenceBody[];
}

/** What every picture and the filters need to know of the dataset. */
export async function reference(): Promise<Reference> {
  const [data, bodies] = await Promise.all([
    ask(ReferenceDocument, {}),
    everyPage(BodiesDocument, {}, ({ bodies }) => bodies),
  ]);
  return { ...data, bodies };
}

/** A body and all that reports to it, directly or through others. */
export function within(bodies: ReferenceBody[], roots: string[]): Set<string> {
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
