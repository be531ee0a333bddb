// Request errors of the GraphQL specification: an invalid document or invalid variables prevent
// execution.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { repository, serve } from './service.js';

// For each validation rule, a document that breaks only that rule.
const documents = {
  ExecutableDefinitions: '{ dataset { revision } } type Added { name: String }',
  UniqueOperationNames: 'query A { dataset { revision } } query A { dataset { version } }',
  LoneAnonymousOperation: '{ dataset { revision } } query A { dataset { version } }',
  SingleFieldSubscriptions: 'subscription { a: datasetChanged { revision } b: datasetChanged { revision } }',
  KnownTypeNames: '{ node(id: "x") { ... on Treaty { id } } }',
  FragmentsOnCompositeTypes: '{ dataset { ... on Slug { revision } } }',
  VariablesAreInputTypes: 'query A($x: Event) { event(slug: { of: $x }) { slug } }',
  ScalarLeafs: '{ dataset }',
  FieldsOnCorrectType: '{ dataset { treaty } }',
  UniqueFragmentNames:
    '{ dataset { ...A } } fragment A on Dataset { revision } fragment A on Dataset { version }',
  KnownFragmentNames: '{ dataset { ...A } }',
  NoUnusedFragments: '{ dataset { revision } } fragment A on Dataset { version }',
  PossibleFragmentSpreads: '{ dataset { ... on Event { slug } } }',
  NoFragmentCycles:
    '{ dataset { ...A } } fragment A on Dataset { revision ...B } fragment B on Dataset { ...A }',
  UniqueVariableNames: 'query A($x: Slug!, $x: Slug!) { event(slug: $x) { slug } }',
  NoUndefinedVariables: 'query A { event(slug: $x) { slug } }',
  NoUnusedVariables: 'query A($x: Slug!) { dataset { revision } }',
  KnownDirectives: '{ dataset { __typename @treaty } }',
  UniqueDirectivesPerLocation: '{ dataset { revision @skip(if: false) @skip(if: false) } }',
  KnownArgumentNames: '{ dataset(treaty: 1) { revision } }',
  UniqueArgumentNames: '{ events(first: 1, first: 1) { totalCount } }',
  ValuesOfCorrectType: '{ events(first: 2147483648) { totalCount } }',
  ProvidedRequiredArguments: '{ event { slug } }',
  VariablesInAllowedPosition: 'query A($x: Slug) { event(slug: $x) { slug } }',
  OverlappingFieldsCanBeMerged: '{ dataset { a: revision a: version } }',
  UniqueInputFieldNames: '{ events(filter: { text: "a", text: "a" }) { totalCount } }',
  MaxIntrospectionDepth: `{ __schema { types { ${'fields { type { '.repeat(5)} name ${'} }'.repeat(5)} } } }`,
};

const service = await serve();

/** Asserts that a request is not executed. With application/graphql-response+json, the status is 400. */
async function assertRejected(parameters) {
  for (const [type, status] of [
    ['application/graphql-response+json', 400],
    ['application/json', 200],
  ]) {
    const answer = await service.post(parameters, { accept: type });
    assert.equal(answer.status, status, `${type}: ${answer.text.slice(0, 200)}`);
    const { data, errors } = answer.json;
    assert.equal(data, undefined);
    assert.notEqual(errors[0].message, '');
    assert.equal(typeof errors[0].extensions.code, 'string');
  }
}

suite('a document that breaks a validation rule is rejected:', () => {
  const schema = buildSchema(readFileSync(join(repository, 'schema.graphql'), 'utf8'));
  for (const rule of specifiedRules) {
    const name = rule.name.replace(/Rule$/, '');
    test(name, async () => {
      const document = documents[name];
      const broken = specifiedRules.filter((rule) => validate(schema, parse(document), [rule]).length > 0);
      assert.deepEqual(broken, [rule], 'the document breaks only this rule');
      await assertRejected({ query: document });
    });
  }
});

suite('an invalid request is rejected:', () => {
  const event = 'query A($slug: Slug!) { event(slug: $slug) { slug } }';
  const page = 'query A($first: Int) { events(first: $first) { totalCount } }';
  const filtered = 'query A($filter: EventFilter) { events(filter: $filter) { totalCount } }';
  const operations = 'query A { dataset { revision } } query B { dataset { version } }';
  for (const [what, parameters] of Object.entries({
    'a required variable is missing': { query: event },
    'a required variable is null': { query: event, variables: { slug: null } },
    'a variable has the wrong type': { query: page, variables: { first: 'three' } },
    'a variable is not an integer': { query: page, variables: { first: 1.5 } },
    'a variable exceeds 32 bits': { query: page, variables: { first: 2 ** 31 } },
    'a variable has an unknown field': { query: filtered, variables: { filter: { treaty: 1 } } },
    'a variable is not an enum value': { query: filtered, variables: { filter: { kinds: ['TREATY'] } } },
    'a variable is not a valid scalar': { query: filtered, variables: { filter: { from: 'yesterday' } } },
    'the default of a variable is not a valid scalar': {
      query: 'query A($from: EdtfDate = "2019-02-30") { events(filter: { from: $from }) { totalCount } }',
    },
    'a slug is a list': { query: '{ event(slug: [["a"]]) { slug } }' },
    'a slug is without quotes': { query: '{ event(slug: admm) { slug } }' },
    'a date is without quotes': { query: '{ events(filter: { from: today }) { totalCount } }' },
    'the operation name is unknown': { query: operations, operationName: 'C' },
    'the operation name is missing': { query: operations },
    'the document has a syntax error': { query: '{ dataset {' },
    'the document is empty': { query: '' },
  })) {
    test(what, () => assertRejected(parameters));
  }
});
