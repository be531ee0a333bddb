import type { EvidenceFragment } from './event.generated';

/** What the page of a record shows of its evidence; reference data have only some of it. */
export type Evidence = Partial<Omit<EvidenceFragment, 'citations'>> & {
  confidence?: 'CONFIRMED' | 'REPORTED';
  /** Of a record its sources; a source has what it supports there, which its own page shows. */
  citations?: Citation[] | object;
};

export type Citation = EvidenceFragment['citations'][number];
export type Changes = EvidenceFragment['changes'];
