/** “Version 2026.11.30”; “Revision 7” if no dataset was imported. */
export function versionName({ version, revision }: { version: string | null; revision: number }): string {
  return version === null ? `Revision ${revision}` : `Version ${version}`;
}
