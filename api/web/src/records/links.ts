import { recordUrl } from '../routing/record-url';

interface Link {
  href: string;
  label: string;
}

type OneOrMany<T> = T | T[] | null | undefined;

const toArray = <T>(values: OneOrMany<T>): T[] => (Array.isArray(values) ? values : values ? [values] : []);

export const partyLinks = (values: OneOrMany<{ code: string; name: string }>): Link[] =>
  toArray(values).map(({ code, name }) => ({ href: recordUrl('Party', code), label: name }));

export const themeLinks = (values: OneOrMany<{ slug: string; name: string }>): Link[] =>
  toArray(values).map(({ slug, name }) => ({ href: recordUrl('Theme', slug), label: name }));

export const bodyLinks = (values: OneOrMany<{ slug: string; name: string }>): Link[] =>
  toArray(values).map(({ slug, name }) => ({ href: recordUrl('Body', slug), label: name }));

export const eventLinks = (values: OneOrMany<{ slug: string; title: string }>): Link[] =>
  toArray(values).map(({ slug, title }) => ({ href: recordUrl('Event', slug), label: title }));

export const sourceLinks = (values: OneOrMany<{ slug: string; title: string }>): Link[] =>
  toArray(values).map(({ slug, title }) => ({ href: recordUrl('Source', slug), label: title }));

export const documentLinks = (values: OneOrMany<{ slug: string; title: string }>): Link[] =>
  toArray(values).map(({ slug, title }) => ({ href: recordUrl('Document', slug), label: title }));

export const programmeLinks = (values: OneOrMany<{ slug: string; title: string }>): Link[] =>
  toArray(values).map(({ slug, title }) => ({ href: recordUrl('WorkProgramme', slug), label: title }));
