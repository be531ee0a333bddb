/** GraphQL type names of records, each with the first part of its page's address. */
const ADDRESS: Record<string, string> = {
  Party: 'party',
  Theme: 'theme',
  Source: 'source',
  Body: 'body',
  Membership: 'membership',
  ChairTerm: 'chair-term',
  Event: 'event',
  Document: 'document',
  Provision: 'provision',
  Initiative: 'initiative',
  WorkProgramme: 'work-programme',
  Contribution: 'contribution',
  Claim: 'claim',
};

/** The address of a record's page, from its GraphQL type name and its slug or code. */
export function recordAddress(typename: string, key: string): string {
  return `/${ADDRESS[typename]}/${encodeURIComponent(key)}`;
}
