interface Link {
  href: string;
  label: string;
}

type OneOrMany<T> = T | T[] | null | undefined;

const toArray = <T>(values: OneOrMany<T>): T[] => (Array.isArray(values) ? values : values ? [values] : []);

export const partyLinks = (values: OneOrMany<{ code: string; name: string }>): Link[] =>
  toArray(values).map(({ code, name }) => ({ href: `/party/${code}`, label: name }));

export const themeLinks = (values: OneOrMany<{ slug: string; name: string }>): Link[] =>
  toArray(values).map(({ slug, name }) => ({ href: `/theme/${slug}`, label: name }));

export const bodyLinks = (values: OneOrMany<{ slug: string; name: string }>): Link[] =>
  toArray(values).map(({ slug, name }) => ({ href: `/body/${slug}`, label: name }));

export const eventLinks = (values: OneOrMany<{ slug: string; title: string }>): Link[] =>
  toArray(values).map(({ slug, title }) => ({ href: `/event/${slug}`, label: title }));

export const sourceLinks = (values: OneOrMany<{ slug: string; title: string }>): Link[] =>
  toArray(values).map(({ slug, title }) => ({ href: `/source/${slug}`, label: title }));

export const documentLinks = (values: OneOrMany<{ slug: string; title: string }>): Link[] =>
  toArray(values).map(({ slug, title }) => ({ href: `/document/${slug}`, label: title }));

export const programmeLinks = (values: OneOrMany<{ slug: string; title: string }>): Link[] =>
  toArray(values).map(({ slug, title }) => ({ href: `/work-programme/${slug}`, label: title }));
