import { query } from '../api/query.svelte';
import { base } from '../routing/base';
import { router } from '../routing/router.svelte';
import { versionName } from './version-name';
import { VersionDocument } from './version.generated';

/** The URL at which the page that is open will show the same data for ever. */
export interface PermanentLink {
  /** Undefined until it has loaded. */
  readonly url: string | undefined;
  /** “Version 2026.11.30”. */
  readonly version: string | undefined;
}

export function permanentLink(): PermanentLink {
  const result = query(VersionDocument, () => ({}));
  return {
    get url() {
      const permalink = result.data?.dataset.permalink;
      return permalink === undefined ? undefined : base.permanentUrl(permalink, router.path + router.search);
    },
    get version() {
      return result.data && versionName(result.data.dataset);
    },
  };
}
