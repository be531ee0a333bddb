// Refetchable fragments of a record.
import { graphql } from 'relay-runtime';

export const row = graphql`
  fragment Event_row on Event
  @argumentDefinitions(documents: { type: "Int", defaultValue: 1 })
  @refetchable(queryName: "EventRowQuery") {
    slug
    title
    start
    hosts {
      id
      name
    }
    documents(first: $documents) {
      nodes {
        title
      }
    }
  }
`;

export const citations = graphql`
  fragment Event_citations on Record @refetchable(queryName: "EventCitationsQuery") {
    citations {
      locator
      source {
        title
      }
    }
  }
`;
