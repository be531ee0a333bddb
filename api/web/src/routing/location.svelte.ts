import { tick } from 'svelte';

/** Where the page is. Its address holds the whole state, so that it can be shared. */
class Place {
  #url = $state.raw(new URL(window.location.href));

  constructor() {
    addEventListener('popstate', () => (this.#url = new URL(window.location.href)));
  }

  get path(): string {
    return this.#url.pathname;
  }

  get search(): string {
    return this.#url.search;
  }

  get parameters(): URLSearchParams {
    return this.#url.searchParams;
  }

  /** Goes to an address of this page. A page that was left is not scrolled to its top when only its parameters change. */
  go(href: string, { replace = false } = {}): void {
    const url = new URL(href, this.#url);
    if (url.href === this.#url.href) return;
    const samePage = url.pathname === this.#url.pathname;
    if (replace) history.replaceState(null, '', url);
    else history.pushState(null, '', url);
    this.#url = url;
    if (!samePage) {
      scrollTo({ top: 0, behavior: 'instant' });
      void tick().then(() => document.getElementById('main')?.focus({ preventScroll: true }));
    }
  }

  /** The address with some parameters changed; an empty or null value takes the parameter out. */
  with(changes: Record<string, string | null>, path = this.path): string {
    const parameters = new URLSearchParams(this.parameters);
    for (const [name, value] of Object.entries(changes)) {
      if (value) parameters.set(name, value);
      else parameters.delete(name);
    }
    // Commas stand for themselves in a query string, and read better so.
    const search = parameters.toString().replaceAll('%2C', ',');
    return search ? `${path}?${search}` : path;
  }
}

export const place = new Place();

/** Addresses that the service answers itself, beside the page. */
const BESIDE = /^\/(graphql|graphiql|export|schema\.graphql|assets|healthz|readyz|metrics)(\/|$)/;

/** Follows a link within the page without loading it anew, and leaves every other click to the browser. */
export function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest('a');
  if (!link || link.hasAttribute('download') || link.getAttribute('target')) return;
  // A link within a picture is an SVG element, whose address is an object.
  const href = link.getAttribute('href');
  if (!href || href.startsWith('#')) return;
  const url = new URL(href, window.location.href);
  if (url.origin !== window.location.origin || BESIDE.test(url.pathname)) return;
  event.preventDefault();
  place.go(url.href);
}
