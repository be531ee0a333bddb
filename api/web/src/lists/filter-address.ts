/** A filter as the API takes it, whichever the kind. */
export type Filter = Record<string, unknown>;

/** A filter as parameters of an address, as `/export` takes them: plain fields each for itself, what composes as JSON. */
export function filterParameters(filter: Filter): URLSearchParams {
  const parameters = new URLSearchParams();
  const composed: Filter = {};
  for (const [field, value] of Object.entries(filter)) {
    if (value === undefined || value === null) continue;
    if (typeof value === 'object' && !(Array.isArray(value) && value.every(isPlain))) composed[field] = value;
    else if (Array.isArray(value)) for (const each of value) parameters.append(field, String(each));
    else parameters.set(field, String(value));
  }
  if (Object.keys(composed).length > 0) parameters.set('filter', JSON.stringify(composed));
  return parameters;
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object';
}

/** The address of the list of the records that a filter keeps. */
export function listAddress(list: string, filter: Filter): string {
  const search = filterParameters(filter).toString();
  return search ? `/${list}?${search}` : `/${list}`;
}

/** The address of the file with the records that a filter keeps. */
export function exportAddress(table: string, filter: Filter, format: 'csv' | 'json' = 'csv'): string {
  const search = filterParameters(filter).toString();
  return `/export/${table}.${format}${search ? `?${search}` : ''}`;
}

/** The fields of a filter that are no list: those that take one value. */
const BOOLEANS = new Set(['derived', 'hasAmount', 'planned', 'top']);
const SINGLE = new Set(['from', 'to', 'text', 'confidence']);

/** The filter that an address holds. */
export function filterOf(parameters: URLSearchParams): Filter {
  const filter: Filter = {};
  for (const field of new Set(parameters.keys())) {
    const values = parameters.getAll(field);
    if (field === 'filter') Object.assign(filter, composed(values[0] ?? ''));
    else if (BOOLEANS.has(field)) filter[field] = values[0] === 'true';
    else if (SINGLE.has(field)) filter[field] = values[0];
    else filter[field] = values;
  }
  return filter;
}

function composed(json: string): Filter {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Filter) : {};
  } catch {
    return {};
  }
}
