import type { Reference } from '../filters/reference';
import type { Filter } from '../lists/filter-url';
import { startedIn } from '../lists/combine-filters';

/** The dimensions by which contributions can be charted, with their labels. */
export const DIMENSIONS = {
  PARTNER: 'partner',
  TOP_THEME: 'theme',
  THEME: 'detailed theme',
  KIND: 'kind',
  YEAR: 'year',
  BODY: 'body',
  BENEFICIARY: 'beneficiary',
} as const;

export type ContributionDimension = keyof typeof DIMENSIONS;

/** Matches the contributions with one value of a dimension; for a null key, those without any value. */
export function contributionFilterFor(
  dimension: ContributionDimension,
  key: string | null,
  reference: Reference,
): Filter {
  switch (dimension) {
    case 'PARTNER':
      return key ? { partners: [key] } : {};
    case 'KIND':
      return key ? { kinds: [key] } : {};
    case 'TOP_THEME':
      return key ? { themesWithin: [key] } : withoutTheme(reference);
    case 'THEME':
      return key ? { themes: [key] } : withoutTheme(reference);
    case 'BODY':
      return key ? { bodies: [key] } : { not: { bodies: reference.bodies.map(({ slug }) => slug) } };
    case 'BENEFICIARY':
      return key
        ? { beneficiaries: [key] }
        : { not: { beneficiaries: reference.parties.nodes.map(({ code }) => code) } };
    case 'YEAR':
      return key ? startedIn(key) : UNDATED;
  }
}

/** The dimensions by which events can be charted, with their labels. */
export const EVENT_DIMENSIONS = {
  HOST: 'host',
  TOP_THEME: 'theme',
  KIND: 'kind',
  BODY: 'body',
  COUNTRY: 'country',
} as const;

export type EventDimension = keyof typeof EVENT_DIMENSIONS;

/** Matches the events with one value of a dimension; for a null key, those without any value. */
export function eventFilterFor(dimension: EventDimension, key: string | null, reference: Reference): Filter {
  switch (dimension) {
    case 'HOST':
      return key ? { hosts: [key] } : { not: { hosts: reference.parties.nodes.map(({ code }) => code) } };
    case 'KIND':
      return key ? { kinds: [key] } : {};
    case 'TOP_THEME':
      return key ? { themesWithin: [key] } : withoutTheme(reference);
    case 'BODY':
      return key ? { bodies: [key] } : { not: { bodies: reference.bodies.map(({ slug }) => slug) } };
    case 'COUNTRY':
      return key
        ? { countries: [key] }
        : { not: { countries: reference.parties.nodes.map(({ code }) => code) } };
  }
}

/** Matches undated records, which no date filter matches. */
const UNDATED: Filter = { not: { from: '0001' } };

function withoutTheme(reference: Reference): Filter {
  return { not: { themes: reference.themes.nodes.map(({ slug }) => slug) } };
}
