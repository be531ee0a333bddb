import { ApiError, ask } from './client';
import type { PersistedDocument } from './document';
import { dataset } from './live.svelte';

/** A question that a component asks, and its answer; asked again when its variables or the dataset change. */
export class Query<Data, Variables> {
  data = $state.raw<Data>();
  error = $state.raw<ApiError>();
  loading = $state(true);
  #attempt = $state(0);

  constructor(
    readonly document: PersistedDocument<any, any>,
    readonly variables: () => Variables | undefined,
    answer: (variables: Variables) => Promise<Data> = (variables) => ask(document, variables),
  ) {
    $effect(() => {
      void this.#attempt;
      void dataset.revision;
      const variables = this.variables();
      if (variables === undefined) return;
      let current = true;
      this.loading = true;
      answer(variables)
        .then((data) => {
          if (!current) return;
          this.data = data;
          this.error = undefined;
        })
        .catch((error: unknown) => {
          if (current)
            this.error = error instanceof ApiError ? error : new ApiError(String(error), 'UNKNOWN');
        })
        .finally(() => {
          if (current) this.loading = false;
        });
      return () => {
        current = false;
      };
    });
  }

  retry = (): void => {
    this.#attempt += 1;
  };
}

/** Asks `document` with what `variables` gives; nothing is asked while it gives `undefined`. */
export function query<Data, Variables>(
  document: PersistedDocument<Data, Variables>,
  variables: () => Variables | undefined,
): Query<Data, Variables> {
  return new Query(document, variables);
}
