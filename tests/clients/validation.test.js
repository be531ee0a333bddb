// What the GraphQL specification calls request errors: the document or its variables are refused,
// and nothing runs.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { repository, serve } from './service.js';

// For each rule of validation a document that breaks it and no other.
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

/** Asserts that a request does not run; the newer media type says so by its status too. */
async function refused(parameters) {
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

suite('a document that breaks a rule of validation is refused:', () => {
  const schema = buildSchema(readFileSync(join(repository, 'schema.graphql'), 'utf8'));
  for (const rule of specifiedRules) {
    const name = rule.name.replace(/Rule$/, '');
    test(name, async () => {
      const document = documents[name];
      const broken = specifiedRules.filter((rule) => validate(schema, parse(document), [rule]).length > 0);
      assert.deepEqual(broken, [rule], 'the document breaks this rule alone');
      await refused({ query: document });
    });
  }
});

suite('a request whose parameters do not fit its document is refused:', () => {
  const event = 'query A($slug: Slug!) { event(slug: $slug) { slug } }';
  const page = 'query A($first: Int) { events(first: $first) { totalCount } }';
  const filtered = 'query A($filter: EventFilter) { events(filter: $filter) { totalCount } }';
  const operations = 'query A { dataset { revision } } query B { dataset { version } }';
  for (const [what, parameters] of Object.entries({
    'a required variable is missing': { query: event },
    'a required variable is null': { query: event, variables: { slug: null } },
    'a variable is of another type': { query: page, variables: { first: 'three' } },
    'a variable is no whole number': { query: page, variables: { first: 1.5 } },
    'a variable is beyond 32 bits': { query: page, variables: { first: 2 ** 31 } },
    'a variable has a field that its type has not': { query: filtered, variables: { filter: { treaty: 1 } } },
    'a variable is no value of its enum': { query: filtered, variables: { filter: { kinds: ['TREATY'] } } },
    'a variable is no value of its scalar': { query: filtered, variables: { filter: { from: 'yesterday' } } },
    'no operation has the name': { query: operations, operationName: 'C' },
    'none of several operations is named': { query: operations },
    'the document is no GraphQL': { query: '{ dataset {' },
    'the document is empty': { query: '' },
  })) {
    test(what, () => refused(parameters));
  }
});
