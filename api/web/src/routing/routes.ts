import type { Component } from 'svelte';

/** What a page is given: what stands at the variable places of its address. */
export interface PageParameters {
  slug?: string;
}

type Page = Component<PageParameters>;
type Load = () => Promise<{ default: Component<any> }>;

const pages: Record<string, Load> = {
  '/': () => import('../pictures/comparison/ComparisonPage.svelte'),
  '/themes': () => import('../pictures/themes/ThemesPage.svelte'),
  '/years': () => import('../pictures/years/YearsPage.svelte'),
  '/timeline': () => import('../pictures/timeline/TimelinePage.svelte'),
  '/co-chairs': () => import('../pictures/co-chairs/CoChairsPage.svelte'),
  '/network': () => import('../pictures/network/NetworkPage.svelte'),
  '/structure': () => import('../pictures/structure/StructurePage.svelte'),
  '/programmes': () => import('../pictures/programmes/ProgrammesPage.svelte'),
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

/** The page at a path; undefined where there is none. */
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

/** A part of a path without its percent-encoding; as it is where that is malformed. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
