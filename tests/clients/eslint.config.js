// The schema rules of graphql-eslint: the recommended set and the Relay set.

import { join } from 'node:path';
import graphql from '@graphql-eslint/eslint-plugin';

export default [
  {
    files: ['schema.graphql'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: join(import.meta.dirname, '../../schema.graphql') } },
    },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,

      // The program prints short descriptions on one line.
      '@graphql-eslint/description-style': 'off',

      // These types are values without an identity: they belong to a record or an analysis. A new
      // type without an id must be added here.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            suffixes: ['Connection', 'Edge'],
            types: [
              'Amount',
              'Author',
              'BodyReach',
              'Breadth',
              'ChairSeat',
              'Change',
              'Citation',
              'ClaimAgreement',
              'ConfidenceCount',
              'ContributionComparison',
              'Coverage',
              'Dataset',
              'DatasetChange',
              'DateBounds',
              'Differences',
              'EventParty',
              'Evidence',
              'FieldDifference',
              'KindCount',
              'Matrix',
              'Network',
              'NetworkLink',
              'NetworkNode',
              'NumberedSeries',
              'PageInfo',
              'PartnerContributions',
              'Place',
              'Point',
              'RecordsChange',
              'SearchHighlight',
              'Series',
              'SourceKindCount',
              'Tally',
              'TextRange',
              'WorkArea',
            ],
          },
        },
      ],

      '@graphql-eslint/relay-edge-types': [
        'error',
        {
          withEdgeSuffix: true,
          // Changes, citations and work areas have connections but are not nodes.
          shouldImplementNode: false,
          // Short lists without paging are plain lists, such as the hosts and themes of an event. A
          // connection has `nodes` in addition to `edges`.
          listTypeCanWrapOnlyEdgeType: false,
        },
      ],
    },
  },
];
