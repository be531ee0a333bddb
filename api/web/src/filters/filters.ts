import { base } from '../routing/base';
import { router } from '../routing/router.svelte';
import type { ContributionFilter } from '../lists/contributions.generated';
import type { EventFilter } from '../lists/events.generated';

/** The filters that all charts share. They are stored only in the URL. */
export interface Filters {
  partners: string[];
  themes: string[];
  bodies: string[];
  from: string;
  to: string;
}

const YEAR = /^\d{4}$/;

export function parseFilters(parameters: URLSearchParams): Filters {
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

/** The URL parameters of the filters. All others belong to one chart. */
export const FILTER_PARAMETERS = ['partners', 'themes', 'bodies', 'from', 'to'] as const;

/** The URL of a page, the current one by default, with some filters changed. */
export function filterUrl(changes: Partial<Filters>, path?: string): string {
  return router.urlWith(
    Object.fromEntries(
      Object.entries(changes).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
    ),
    path,
  );
}

/** The URL of another chart with the same filters. */
export function chartUrl(path: string): string {
  const kept = new URLSearchParams();
  for (const name of FILTER_PARAMETERS) {
    const value = router.parameters.get(name);
    if (value) kept.set(name, value);
  }
  const search = kept.toString().replaceAll('%2C', ',');
  return base.url(search ? `${path}?${search}` : path);
}

/** What charts count: what took place, not what was only announced. */
const HELD = { statuses: ['HELD' as const] };

/** The filters as input for contributions that count. */
export function contributionFilter({ partners, themes, bodies, from, to }: Filters): ContributionFilter {
  return {
    ...(partners.length > 0 && { partners }),
    ...(themes.length > 0 && { themesWithin: themes }),
    ...(bodies.length > 0 && { bodiesWithin: bodies }),
    ...(from && { from }),
    ...(to && { to }),
    ...HELD,
  };
}

/** The filters as input for events that count. */
export function eventFilter(filters: Filters): EventFilter {
  return { ...anyEventFilter(filters), ...HELD };
}

/** The filters as input for events of any status: the partners took part in them, in any role. */
export function anyEventFilter({ partners, themes, bodies, from, to }: Filters): EventFilter {
  return {
    ...(partners.length > 0 && { parties: partners }),
    ...(themes.length > 0 && { themesWithin: themes }),
    ...(bodies.length > 0 && { bodiesWithin: bodies }),
    ...(from && { from }),
    ...(to && { to }),
  };
}
