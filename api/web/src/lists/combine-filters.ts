import type { Filter } from './filter-url';

/**
 * The conjunction of filters. A field that two filters set goes into `and`, unless the values of the later list are all
 * in the earlier one.
 */
export function combineFilters(...filters: Filter[]): Filter {
  const combined: Filter = {};
  const and: unknown[] = [];
  for (const filter of filters) {
    const repeated: Filter = {};
    for (const [field, value] of Object.entries(filter)) {
      const existing = combined[field];
      if (field === 'and' && Array.isArray(value)) and.push(...value);
      else if (existing === undefined || includesAll(existing, value)) combined[field] = value;
      else repeated[field] = value;
    }
    if (Object.keys(repeated).length > 0) and.push(repeated);
  }
  return and.length > 0 ? { ...combined, and } : combined;
}

function includesAll(list: unknown, values: unknown): boolean {
  return Array.isArray(list) && Array.isArray(values) && values.every((each) => list.includes(each));
}

/** Matches what started in a year, as the series and matrices count it, and not what started earlier and continued. */
export function startedIn(year: string): Filter {
  return { startedFrom: year, startedTo: year };
}
