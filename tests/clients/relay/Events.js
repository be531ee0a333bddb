// A paginated list, as a Relay front end declares it.
import { graphql } from 'relay-runtime';

export const query = graphql`
  query EventsQuery($filter: EventFilter) {
    ...Events_list @arguments(filter: $filter)
  }
`;

export const list = graphql`
  fragment Events_list on Query
  @argumentDefinitions(
    filter: { type: "EventFilter" }
    count: { type: "Int", defaultValue: 3 }
    cursor: { type: "String" }
  )
  @refetchable(queryName: "EventsPageQuery") {
    events(filter: $filter, first: $count, after: $cursor) @connection(key: "Events_events") {
      totalCount
      edges {
        node {
          ...Event_row
        }
      }
    }
  }
`;
