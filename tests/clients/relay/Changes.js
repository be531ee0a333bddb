// What a dashboard listens to.
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
