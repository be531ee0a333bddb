import type { EvidenceFragment } from './event.generated';

/** The sources and history of a record. Reference data has only some of it. */
export type Evidence = Partial<Omit<EvidenceFragment, 'citations'>> & {
  confidence?: 'CONFIRMED' | 'REPORTED';
  confidenceReason?: string | null;
  /** The sources of a record. For a source, the connection of the records that cite it, which its own page shows. */
  citations?: Citation[] | object;
};

export type Citation = EvidenceFragment['citations'][number];
export type Changes = EvidenceFragment['changes'];
