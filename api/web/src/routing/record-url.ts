import { splitWords } from '../format';

/** The URL of a record's page: `/work-programme/SLUG` for the GraphQL type `WorkProgramme`. `key` is a slug or code. */
export function recordUrl(typename: string, key: string): string {
  return `/${splitWords(typename, '-')}/${encodeURIComponent(key)}`;
}
