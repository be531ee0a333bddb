// The schema rules of graphql-eslint: its recommended set and the one for Relay.

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

      // The file is printed by the program, which has a description on one line wherever it fits.
      '@graphql-eslint/description-style': 'off',

      // What follows is a value or a figure and has no identity: it comes with the record or the
      // question that it belongs to. A new type without an id has to be named here, or get one.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            suffixes: ['Connection', 'Edge'],
            types: [
              'Amount',
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
              'EventParty',
              'KindCount',
              'Matrix',
              'Network',
              'NetworkLink',
              'NetworkNode',
              'PageInfo',
              'PartnerContributions',
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
          // Changes, citations and work areas are listed by connections and are no nodes.
          shouldImplementNode: false,
          // Short lists that nobody pages through are plain lists: the hosts of an event, its themes.
          // A connection has `nodes` beside `edges`.
          listTypeCanWrapOnlyEdgeType: false,
        },
      ],
    },
  },
];
