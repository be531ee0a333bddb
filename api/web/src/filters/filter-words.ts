import { listed } from '../figure/words';
import type { Filters } from './filters';
import type { Reference } from './reference';

/** What the filters keep, as the end of a sentence: “ on Maritime security, from 2011 to 2023”. `partners` says what partners are to it; null leaves them out. */
export function filterWords(
  filters: Filters,
  reference: Reference,
  { partners = 'of' }: { partners?: string | null } = {},
): string {
  const names = <T>(keys: string[], all: T[], key: (item: T) => string, name: (item: T) => string) =>
    listed(
      keys
        .map((each) => all.find((item) => key(item) === each))
        .flatMap((item) => (item ? [name(item)] : [])),
    );
  const words = [];
  if (partners && filters.partners.length > 0)
    words.push(
      `${partners} ${names(
        filters.partners,
        reference.parties.nodes,
        ({ code }) => code,
        ({ name }) => name,
      )}`,
    );
  if (filters.themes.length > 0)
    words.push(
      `on ${names(
        filters.themes,
        reference.themes.nodes,
        ({ slug }) => slug,
        ({ name }) => name,
      )}`,
    );
  if (filters.bodies.length > 0)
    words.push(
      `for the ${names(
        filters.bodies,
        reference.bodies,
        ({ slug }) => slug,
        ({ name, acronym }) => acronym ?? name,
      )} and what reports to it`,
    );
  const { from, to } = filters;
  if (from && to) words.push(from === to ? `in ${from}` : `from ${from} to ${to}`);
  else if (from) words.push(`from ${from} on`);
  else if (to) words.push(`until ${to}`);
  return words.length > 0 ? ` ${words.join(', ')}` : '';
}
