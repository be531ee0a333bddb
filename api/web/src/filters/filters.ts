import { place } from '../routing/location.svelte';
import type { ContributionFilter } from '../lists/contributions.generated';
import type { EventFilter } from '../lists/events.generated';

/** What was picked once for every picture. It lives in the address, and nowhere else. */
export interface Filters {
  partners: string[];
  themes: string[];
  bodies: string[];
  from: string;
  to: string;
}

const YEAR = /^\d{4}$/;

export function filtersOf(parameters: URLSearchParams): Filters {
  const list = (name: string) => parameters.get(name)?.split(',').filter(Boolean) ?? [];
  const year = (name: string) => {
    const value = parameters.get(name) ?? '';
    return YEAR.test(value) ? value : '';
  };
  return {
    partners: list('partners'),
    themes: list('themes'),
    bodies: list('bodies'),
    from: year('from'),
    to: year('to'),
  };
}

/** The parameters that hold filters; the others are a picture's own. */
export const FILTER_NAMES = ['partners', 'themes', 'bodies', 'from', 'to'] as const;

/** The address that has other filters, at this page or another. */
export function filtered(changes: Partial<Filters>, path?: string): string {
  return place.with(
    Object.fromEntries(
      Object.entries(changes).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
    ),
    path,
  );
}

/** The address of another picture, under the same filters. */
export function pictureAddress(path: string): string {
  const kept = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    const value = place.parameters.get(name);
    if (value) kept.set(name, value);
  }
  const search = kept.toString().replaceAll('%2C', ',');
  return search ? `${path}?${search}` : path;
}

/** The filters as the API takes them for contributions. */
export function contributionFilter({ partners, themes, bodies, from, to }: Filters): ContributionFilter {
  return {
    ...(partners.length > 0 && { partners }),
    ...(themes.length > 0 && { themesWithin: themes }),
    ...(bodies.length > 0 && { bodiesWithin: bodies }),
    ...(from && { from }),
    ...(to && { to }),
  };
}

/** The filters as the API takes them for events: a picked partner had a part in them, whichever. */
export function eventFilter({ partners, themes, bodies, from, to }: Filters): EventFilter {
  return {
    ...(partners.length > 0 && { parties: partners }),
    ...(themes.length > 0 && { themesWithin: themes }),
    ...(bodies.length > 0 && { bodiesWithin: bodies }),
    ...(from && { from }),
    ...(to && { to }),
  };
}
