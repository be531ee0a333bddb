import type { Reference } from '../filters/reference';
import type { Filter } from '../lists/filter-address';
import { beganIn } from '../lists/combine-filters';

/** The dimensions of contributions that a picture can be drawn by, and what people call them. */
export const DIMENSIONS = {
  PARTNER: 'partner',
  TOP_THEME: 'theme',
  THEME: 'theme, in detail',
  KIND: 'kind',
  YEAR: 'year',
  BODY: 'body',
  BENEFICIARY: 'beneficiary',
} as const;

export type ContributionDimension = keyof typeof DIMENSIONS;

/** The filter that keeps the contributions of one value of a dimension; of a null value, those without any. */
export function contributionsOf(
  dimension: ContributionDimension,
  key: string | null,
  all: Reference,
): Filter {
  switch (dimension) {
    case 'PARTNER':
      return key ? { partners: [key] } : {};
    case 'KIND':
      return key ? { kinds: [key] } : {};
    case 'TOP_THEME':
      return key ? { themesWithin: [key] } : withoutTheme(all);
    case 'THEME':
      return key ? { themes: [key] } : withoutTheme(all);
    case 'BODY':
      return key ? { bodies: [key] } : { not: { bodies: all.bodies.map(({ slug }) => slug) } };
    case 'BENEFICIARY':
      return key
        ? { beneficiaries: [key] }
        : { not: { beneficiaries: all.parties.nodes.map(({ code }) => code) } };
    case 'YEAR':
      return key ? beganIn(key) : UNDATED;
  }
}

/** The dimensions of events that a picture can be drawn by. */
export const EVENT_DIMENSIONS = {
  HOST: 'host',
  TOP_THEME: 'theme',
  KIND: 'kind',
  BODY: 'body',
  COUNTRY: 'country',
} as const;

export type EventDimension = keyof typeof EVENT_DIMENSIONS;

/** The filter that keeps the events of one value of a dimension; of a null value, those without any. */
export function eventsOf(dimension: EventDimension, key: string | null, all: Reference): Filter {
  switch (dimension) {
    case 'HOST':
      return key ? { hosts: [key] } : { not: { hosts: all.parties.nodes.map(({ code }) => code) } };
    case 'KIND':
      return key ? { kinds: [key] } : {};
    case 'TOP_THEME':
      return key ? { themesWithin: [key] } : withoutTheme(all);
    case 'BODY':
      return key ? { bodies: [key] } : { not: { bodies: all.bodies.map(({ slug }) => slug) } };
    case 'COUNTRY':
      return key ? { countries: [key] } : { not: { countries: all.parties.nodes.map(({ code }) => code) } };
  }
}

/** What no date filter keeps. */
const UNDATED: Filter = { not: { from: '0001' } };

function withoutTheme(all: Reference): Filter {
  return { not: { themes: all.themes.nodes.map(({ slug }) => slug) } };
}
