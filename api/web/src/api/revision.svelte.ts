/** The revision of the dataset that the page shows, 0 before the first response; and whether it changed since then. */
export const dataset = $state({ revision: 0, changed: false });

/** Notes the revision that the service answers with. */
export function observeRevision(revision: number): void {
  if (revision === dataset.revision) return;
  dataset.changed = dataset.revision !== 0;
  dataset.revision = revision;
}
