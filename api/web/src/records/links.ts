interface Link {
  href: string;
  label: string;
}

/** What may be named once, or several times, or not at all. */
type Some<T> = T | T[] | null | undefined;

const all = <T>(some: Some<T>): T[] => (Array.isArray(some) ? some : some ? [some] : []);

export const partyLinks = (some: Some<{ code: string; name: string }>): Link[] =>
  all(some).map(({ code, name }) => ({ href: `/party/${code}`, label: name }));

export const themeLinks = (some: Some<{ slug: string; name: string }>): Link[] =>
  all(some).map(({ slug, name }) => ({ href: `/theme/${slug}`, label: name }));

export const bodyLinks = (some: Some<{ slug: string; name: string }>): Link[] =>
  all(some).map(({ slug, name }) => ({ href: `/body/${slug}`, label: name }));

export const eventLinks = (some: Some<{ slug: string; title: string }>): Link[] =>
  all(some).map(({ slug, title }) => ({ href: `/event/${slug}`, label: title }));

export const documentLinks = (some: Some<{ slug: string; title: string }>): Link[] =>
  all(some).map(({ slug, title }) => ({ href: `/document/${slug}`, label: title }));

export const programmeLinks = (some: Some<{ slug: string; title: string }>): Link[] =>
  all(some).map(({ slug, title }) => ({ href: `/work-programme/${slug}`, label: title }));
