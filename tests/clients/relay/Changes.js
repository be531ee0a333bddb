// A dashboard's subscription.
import { graphql } from 'relay-runtime';

export const changes = graphql`
  subscription ChangesSubscription($kinds: [RecordKind!]) {
    recordsChanged(kinds: $kinds) {
      revision
      records {
        kind
        slug
        change
      }
    }
  }
`;
