// Where the addresses of the service and of the page begin. No other module spells out an address of the service.

/** The path below which the service is reachable. A proxy may add one, such as `/adkb`; without one it is empty. */
const SERVICE_PATH = '';

/** `/at/2026.11.30`: everything below it is answered as of an earlier state of the knowledge base. */
const STATE = /^\/at\/[^/]+/;

/** The path of GraphiQL. */
export const GRAPHIQL = '/graphiql';
/** The path of the list of all files; the files are below it. */
export const EXPORTS = '/export/';
/** Addresses that the service answers itself, not the page. */
const SERVER_PATHS = /^\/(graphql|graphiql|export|schema\.graphql|assets|healthz|readyz|metrics|at)(\/|$)/;

/** The beginning of all addresses of a page. */
export class Base {
  /** `/at/2026.11.30` in the address of the page; empty if it shows the newest state. */
  readonly #state: string;
  readonly #servicePath: string;

  /** `pathname` is the path of the address at which the page is open. */
  constructor(pathname: string, servicePath = SERVICE_PATH) {
    this.#servicePath = servicePath;
    this.#state = STATE.exec(pathname.slice(servicePath.length))?.[0] ?? '';
  }

  /** Whether the page shows an earlier state, which never changes, instead of the newest one. */
  get isEarlierState(): boolean {
    return this.#state !== '';
  }

  get graphql(): string {
    return this.url('/graphql');
  }

  /** The absolute URL of GraphQL by WebSocket. */
  get webSocket(): string {
    return new URL(this.graphql, location.href.replace(/^http/, 'ws')).href;
  }

  get graphiql(): string {
    return this.url(GRAPHIQL);
  }

  get schema(): string {
    return this.url('/schema.graphql');
  }

  get exports(): string {
    return this.url(EXPORTS);
  }

  get health(): string {
    return `${this.#servicePath}/healthz`;
  }

  /** The URL of a path of the page, such as `/events?hosts=JP`. */
  url(path: string): string {
    return this.#servicePath + this.#state + path;
  }

  /** The URL of the same path in the newest state. */
  newestUrl(path: string): string {
    return this.#servicePath + path;
  }

  /** The absolute URL of a path in the state that `Dataset.permalink` names. */
  permanentUrl(permalink: string, path: string, origin = location.origin): string {
    const isAbsolute = /^https?:/.test(permalink);
    return (isAbsolute ? permalink : origin + this.#servicePath + permalink) + path;
  }

  /** The inverse of `url`. */
  pathOf(pathname: string): string {
    return pathname.slice(this.url('').length) || '/';
  }

  /** Whether the page answers an address itself: false for those of the service, and of another state. */
  hasPage(pathname: string): boolean {
    const start = this.url('');
    const isBelow = pathname === start || pathname.startsWith(`${start}/`);
    return isBelow && !SERVER_PATHS.test(this.pathOf(pathname));
  }
}

export const base = new Base(location.pathname);
