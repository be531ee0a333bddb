import { formatList } from '../format';
import type { Filters } from './filters';
import type { Reference } from './reference';

/**
 * The filters as the end of a sentence: “ on Maritime security, from 2011 to 2023”. `partners` is their role: they
 * contributed, took part, or are left out of the phrase.
 */
export function filterPhrase(
  filters: Filters,
  reference: Reference,
  { partners = 'contributed' }: { partners?: 'contributed' | 'took part' | null } = {},
): string {
  const partnerNames = namesOf(
    filters.partners,
    reference.parties.nodes.map(({ code, name }) => [code, name]),
  );
  const themeNames = namesOf(
    filters.themes,
    reference.themes.nodes.map(({ slug, name }) => [slug, name]),
  );
  const bodyNames = namesOf(
    filters.bodies,
    reference.bodies.map(({ slug, name, acronym }) => [slug, acronym ?? name]),
  );
  const phrases = [];
  if (partners === 'contributed' && partnerNames.length > 0) phrases.push(`by ${formatList(partnerNames)}`);
  if (partners === 'took part' && partnerNames.length > 0)
    phrases.push(`with ${formatList(partnerNames, 'or')} taking part`);
  if (themeNames.length > 0) phrases.push(`on ${formatList(themeNames)}`);
  if (bodyNames.length > 0)
    phrases.push(
      `for the ${formatList(bodyNames)} and ${bodyNames.length > 1 ? 'their' : 'its'} subordinate bodies`,
    );
  const { from, to } = filters;
  if (from && to) phrases.push(from === to ? `in ${from}` : `from ${from} to ${to}`);
  else if (from) phrases.push(`from ${from} onwards`);
  else if (to) phrases.push(`until ${to}`);
  return phrases.length > 0 ? ` ${phrases.join(', ')}` : '';
}

function namesOf(keys: string[], names: [key: string, name: string][]): string[] {
  const byKey = new Map(names);
  return keys.flatMap((key) => byKey.get(key) ?? []);
}
