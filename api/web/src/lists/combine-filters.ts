import type { Filter } from './filter-address';

/** A filter that keeps what all of these keep. A field that is set twice is asked for twice, unless one list holds the other. */
export function both(...filters: Filter[]): Filter {
  const whole: Filter = {};
  const and: unknown[] = [];
  for (const filter of filters) {
    const again: Filter = {};
    for (const [field, value] of Object.entries(filter)) {
      const present = whole[field];
      if (field === 'and' && Array.isArray(value)) and.push(...value);
      else if (present === undefined || holds(present, value)) whole[field] = value;
      else again[field] = value;
    }
    if (Object.keys(again).length > 0) and.push(again);
  }
  return and.length > 0 ? { ...whole, and } : whole;
}

function holds(list: unknown, part: unknown): boolean {
  return Array.isArray(list) && Array.isArray(part) && part.every((each) => list.includes(each));
}

/** Keeps what began in a year, as series and matrices count: what began before and went on is left out. */
export function beganIn(year: string): Filter {
  const before = String(Number(year) - 1).padStart(4, '0');
  return { and: [{ to: year }, { not: { to: before } }] };
}
