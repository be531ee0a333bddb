import { tick } from 'svelte';
import { base } from './base';

/** The current URL. It holds the whole state of the page, so that a link reproduces what is shown. */
class Router {
  #url = $state.raw(new URL(window.location.href));

  constructor() {
    addEventListener('popstate', () => (this.#url = new URL(window.location.href)));
  }

  /** The path without the part that all addresses of the page share. */
  get path(): string {
    return base.pathOf(this.#url.pathname);
  }

  get search(): string {
    return this.#url.search;
  }

  get parameters(): URLSearchParams {
    return this.#url.searchParams;
  }

  /** Navigates to a URL of the page. Scrolls to the top only if the path changes. */
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

  /** The URL of a path with some parameters changed; an empty or null value removes the parameter. */
  urlWith(changes: Record<string, string | null>, path = this.path): string {
    const parameters = new URLSearchParams(this.parameters);
    for (const [name, value] of Object.entries(changes)) {
      if (value) parameters.set(name, value);
      else parameters.delete(name);
    }
    // Commas need no encoding in a query string, and are easier to read without.
    const search = parameters.toString().replaceAll('%2C', ',');
    return base.url(search ? `${path}?${search}` : path);
  }
}

export const router = new Router();

/** Follows links within the app without a page load. The browser handles every other click. */
export function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest('a');
  if (!link || link.hasAttribute('download') || link.getAttribute('target')) return;
  // A link in a chart is an SVG element, whose `href` property is an object.
  const href = link.getAttribute('href');
  if (!href || href.startsWith('#')) return;
  const url = new URL(href, window.location.href);
  if (url.origin !== window.location.origin || !base.hasPage(url.pathname)) return;
  event.preventDefault();
  router.go(url.href);
}
