/** The revision of the dataset on the page, 0 before the first response, and whether it changed since that response. */
export const dataset = $state({ revision: 0, changed: false });

/** Records the revision of a response. */
export function observeRevision(revision: number): void {
  if (revision === dataset.revision) return;
  dataset.changed = dataset.revision !== 0;
  dataset.revision = revision;
}
