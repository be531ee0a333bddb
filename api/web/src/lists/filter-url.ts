import { base } from '../routing/base';
import { FILTER_FIELDS } from './filter-fields.generated';

/** A filter input of any list. */
export type Filter = Record<string, unknown>;

/** A field of at least one list's filter, without `and`, `or` and `not`. */
export type FilterField = keyof typeof FILTER_FIELDS;

export function isFilterField(field: string): field is FilterField {
  return Object.hasOwn(FILTER_FIELDS, field);
}

/** A filter as URL parameters in the form that exports accept: one per plain value, and `and`, `or`, `not` as JSON. */
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

/** The URL of the list of the records that match a filter. */
export function listUrl(list: string, filter: Filter): string {
  const search = filterParameters(filter).toString();
  return base.url(search ? `/${list}?${search}` : `/${list}`);
}

/** The URL of a file with the records that match a filter. */
export function exportUrl(table: string, filter: Filter, format: 'csv' | 'json' = 'csv'): string {
  const search = filterParameters(filter).toString();
  return `${base.exports}${table}.${format}${search ? `?${search}` : ''}`;
}

/** The inverse of `filterParameters`. Unknown fields are kept: the service reports them as errors. */
export function parseFilter(parameters: URLSearchParams): Filter {
  const filter: Filter = {};
  for (const field of new Set(parameters.keys())) {
    const texts = parameters.getAll(field);
    if (field === 'filter') {
      Object.assign(filter, parseComposed(texts[0] ?? ''));
      continue;
    }
    const type = isFilterField(field) ? FILTER_FIELDS[field] : 'string[]';
    const values = texts.map((text) => parseValue(text, type));
    filter[field] = type.endsWith('[]') ? values : values[0];
  }
  return filter;
}

function parseValue(text: string, type: (typeof FILTER_FIELDS)[FilterField]): string | number | boolean {
  if (type === 'boolean') return text === 'true';
  // Other text is sent as it is: the service reports it as an error.
  if (type === 'number[]' && /^-?\d+$/.test(text)) return Number(text);
  return text;
}

function parseComposed(json: string): Filter {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Filter) : {};
  } catch {
    return {};
  }
}
