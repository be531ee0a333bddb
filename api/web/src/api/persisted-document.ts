/** A GraphQL document with one operation: its text, the SHA-256 hash of the text, and the types of its variables and data. */
export interface PersistedDocument<Data, Variables> {
  readonly name: string;
  readonly hash: string;
  readonly text: string;
  /** Never set; only carries the types. */
  readonly types?: (variables: Variables) => Data;
}
