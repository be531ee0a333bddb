/** A GraphQL document that the build knows: its text, the SHA-256 of that text, and the types of its answer. */
export interface PersistedDocument<Data, Variables> {
  readonly name: string;
  readonly hash: string;
  readonly text: string;
  /** Never set: it carries the types. */
  readonly types?: (variables: Variables) => Data;
}
