import type { Component } from 'svelte';

/** The properties of a page: the variable parts of its path. */
export interface PageParameters {
  slug?: string;
}

type Page = Component<PageParameters>;
type Load = () => Promise<{ default: Component<any> }>;

const pages: Record<string, Load> = {
  '/': () => import('../charts/comparison/ComparisonPage.svelte'),
  '/themes': () => import('../charts/themes/ThemesPage.svelte'),
  '/years': () => import('../charts/years/YearsPage.svelte'),
  '/timeline': () => import('../charts/timeline/TimelinePage.svelte'),
  '/co-chairs': () => import('../charts/co-chairs/CoChairsPage.svelte'),
  '/network': () => import('../charts/network/NetworkPage.svelte'),
  '/structure': () => import('../charts/structure/StructurePage.svelte'),
  '/programmes': () => import('../charts/programmes/ProgrammesPage.svelte'),
  '/search': () => import('../search/SearchPage.svelte'),
  '/about': () => import('../about/AboutPage.svelte'),
  '/contributions': () => import('../lists/ContributionsPage.svelte'),
  '/events': () => import('../lists/EventsPage.svelte'),
  '/chair-terms': () => import('../lists/ChairTermsPage.svelte'),
  '/documents': () => import('../lists/DocumentsPage.svelte'),
  '/initiatives': () => import('../lists/InitiativesPage.svelte'),
  '/claims': () => import('../lists/ClaimsPage.svelte'),
  '/bodies': () => import('../lists/BodiesPage.svelte'),
  '/work-programmes': () => import('../lists/WorkProgrammesPage.svelte'),
  '/sources': () => import('../lists/SourcesPage.svelte'),
};

const records: Record<string, Load> = {
  party: () => import('../records/PartyPage.svelte'),
  theme: () => import('../records/ThemePage.svelte'),
  body: () => import('../records/BodyPage.svelte'),
  event: () => import('../records/EventPage.svelte'),
  document: () => import('../records/DocumentPage.svelte'),
  provision: () => import('../records/ProvisionPage.svelte'),
  initiative: () => import('../records/InitiativePage.svelte'),
  'work-programme': () => import('../records/WorkProgrammePage.svelte'),
  contribution: () => import('../records/ContributionPage.svelte'),
  membership: () => import('../records/MembershipPage.svelte'),
  'chair-term': () => import('../records/ChairTermPage.svelte'),
  claim: () => import('../records/ClaimPage.svelte'),
  source: () => import('../records/SourcePage.svelte'),
};

export interface Route {
  load: () => Promise<Page>;
  parameters: PageParameters;
}

/** The route of a path; undefined if there is none. */
export function routeOf(path: string): Route | undefined {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, '') : path;
  const page = pages[trimmed];
  if (page) return { load: async () => (await page()).default, parameters: {} };
  const [, kind, slug, ...rest] = trimmed.split('/');
  const record = kind === undefined ? undefined : records[kind];
  if (record && slug && rest.length === 0)
    return { load: async () => (await record()).default, parameters: { slug: decode(slug) } };
  return undefined;
}

/** Decodes a path segment; returns a malformed one unchanged. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
