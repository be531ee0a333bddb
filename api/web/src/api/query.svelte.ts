import { untrack } from 'svelte';
import { ApiError } from './api-error';
import { ask, type WithRevision } from './client';
import type { PersistedDocument } from './document';
import { connection } from './live.svelte';
import { dataset } from './revision.svelte';

/** The refreshes that are under way, and what those that arrived will show once all have arrived. */
const refreshing = new Set<symbol>();
let arrived: (() => void)[] = [];

/** Ends a refresh. The last one makes all of them show, so that a page goes to a new revision as a whole. */
function endRefresh(refresh: symbol, show?: () => void): void {
  refreshing.delete(refresh);
  if (show) arrived.push(show);
  if (refreshing.size > 0) return;
  const all = arrived;
  arrived = [];
  for (const show of all) show();
}

/** A query of a component and its result; sent again when its variables or the dataset change. */
export class Query<Data, Variables> {
  data = $state.raw<Data>();
  error = $state.raw<ApiError>();
  loading = $state(true);
  #attempt = $state(0);
  /** The revision of `data`. */
  #revision = 0;

  constructor(
    readonly document: PersistedDocument<any, any>,
    readonly variables: () => Variables | undefined,
    load: (variables: Variables) => Promise<Data> = (variables) => ask(document, variables) as Promise<Data>,
  ) {
    $effect(() => {
      void this.#attempt;
      const { revision } = dataset;
      const variables = this.variables();
      if (variables === undefined) return;
      const refresh = this.#revision !== 0 && this.#revision !== revision ? Symbol() : undefined;
      if (refresh) refreshing.add(refresh);
      let isCurrent = true;
      this.loading = true;
      const finish = (show: () => void) => {
        const showCurrent = () => {
          // With another revision this effect is about to run again.
          if (!isCurrent || revision !== dataset.revision) return;
          show();
          this.loading = false;
        };
        if (refresh) endRefresh(refresh, showCurrent);
        else showCurrent();
      };
      load(variables).then(
        (data) =>
          finish(() => {
            this.data = data;
            this.error = undefined;
            this.#revision = revision;
          }),
        (error: unknown) =>
          finish(() => {
            this.error = ApiError.from(error);
          }),
      );
      return () => {
        isCurrent = false;
        if (refresh) endRefresh(refresh);
      };
    });
    $effect(() => {
      void connection.established;
      untrack(() => {
        if (this.error?.isTransient) this.retry();
      });
    });
  }

  retry = (): void => {
    this.#attempt += 1;
  };
}

/** Sends `document` with what `variables` gives; nothing is sent while it gives `undefined`. */
export function query<Data extends WithRevision, Variables>(
  document: PersistedDocument<Data, Variables>,
  variables: () => Variables | undefined,
): Query<Data, Variables> {
  return new Query(document, variables);
}
