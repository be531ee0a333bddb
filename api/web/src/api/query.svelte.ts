import { untrack } from 'svelte';
import { ApiError } from './api-error';
import { ask, type WithRevision } from './client';
import type { PersistedDocument } from './document';
import { connection } from './live.svelte';
import { dataset } from './revision.svelte';

/** A query of a component and its result; sent again when its variables or the dataset change. */
export class Query<Data, Variables> {
  data = $state.raw<Data>();
  error = $state.raw<ApiError>();
  loading = $state(true);
  #attempt = $state(0);

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
      let isCurrent = true;
      // A result that arrives with another revision is of no use: this effect is about to run again.
      const isWanted = () => isCurrent && revision === dataset.revision;
      this.loading = true;
      load(variables)
        .then((data) => {
          if (!isWanted()) return;
          this.data = data;
          this.error = undefined;
        })
        .catch((error: unknown) => {
          if (isWanted()) this.error = ApiError.from(error);
        })
        .finally(() => {
          if (isWanted()) this.loading = false;
        });
      return () => {
        isCurrent = false;
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
