import { splitWords } from '../format';
import { base } from './base';

/** The URL of a record's page: `/work-programme/SLUG` for the GraphQL type `WorkProgramme`. `key` is a slug or code. */
export function recordUrl(typename: string, key: string): string {
  return base.url(`/${splitWords(typename, '-')}/${encodeURIComponent(key)}`);
}
