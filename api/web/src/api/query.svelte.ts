import { untrack } from 'svelte';
import { ApiError } from './api-error';
import { runQuery, type WithRevision } from './client';
import type { PersistedDocument } from './persisted-document';
import { connection, reconnect } from './connection.svelte';
import { dataset } from './revision.svelte';

/** Refreshes whose responses are pending, and functions that show the responses that arrived. */
const pending = new Set<symbol>();
let arrived: (() => void)[] = [];

/** Ends a refresh. The last one to end shows all of them, so that the whole page changes to a new revision at once. */
function endRefresh(refresh: symbol, show?: () => void): void {
  pending.delete(refresh);
  if (show) arrived.push(show);
  if (pending.size > 0) return;
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
    load: (variables: Variables) => Promise<Data> = (variables) =>
      runQuery(document, variables) as Promise<Data>,
  ) {
    $effect(() => {
      void this.#attempt;
      const { revision } = dataset;
      const variables = this.variables();
      if (variables === undefined) return;
      const refresh = this.#revision !== 0 && this.#revision !== revision ? Symbol() : undefined;
      if (refresh) pending.add(refresh);
      let isCurrent = true;
      this.loading = true;
      const finish = (show: () => void) => {
        const showCurrent = () => {
          // If the revision changed, this effect is about to run again.
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
            if (this.error.isTransient) void reconnect();
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

/** Queries with the result of `variables`; sends nothing while that is `undefined`. */
export function query<Data extends WithRevision, Variables>(
  document: PersistedDocument<Data, Variables>,
  variables: () => Variables | undefined,
): Query<Data, Variables> {
  return new Query(document, variables);
}
