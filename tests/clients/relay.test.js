// The schema as tools read it: Relay's compiler, graphql-eslint and graphql-inspector.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { ESLint } from 'eslint';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import compiler from 'relay-compiler';
import { repository, serve, temporary } from './service.js';

const sdl = readFileSync(join(repository, 'schema.graphql'), 'utf8');

suite('a Relay front end', () => {
  const folder = temporary();
  cpSync(join(import.meta.dirname, 'relay'), join(folder, 'relay'), { recursive: true });
  writeFileSync(join(folder, 'schema.graphql'), sdl);
  const list = join(folder, 'persisted.json');
  writeFileSync(list, '{}');
  const config = {
    src: 'relay',
    schema: 'schema.graphql',
    language: 'javascript',
    customScalarTypes: { DateTime: 'string', EdtfDate: 'string', PartyCode: 'string', Slug: 'string' },
    persistConfig: { file: 'persisted.json' },
  };
  writeFileSync(join(folder, 'relay.config.json'), JSON.stringify(config));

  let ids;
  test('compiles', async () => {
    await promisify(execFile)(compiler, ['--noWatchman'], { cwd: folder });
    const documents = Object.entries(JSON.parse(readFileSync(list)));
    ids = Object.fromEntries(documents.map(([id, text]) => [text.match(/^\w+ (\w+)/)[1], id]));
    assert.deepEqual(Object.keys(ids).sort(), [
      'ChangesSubscription',
      'EventCitationsQuery',
      'EventRowQuery',
      'EventsPageQuery',
      'EventsQuery',
    ]);
  });

  test('pages through a connection and refetches a node, by the ids of its documents', async () => {
    const service = await serve({ flags: ['--trusted-documents', list] });
    const fetchQuery = async (name, variables) => {
      const answer = await service.post({ documentId: ids[name], variables });
      assert.equal(answer.json.errors, undefined);
      return answer.json.data;
    };
    const filter = { kinds: ['MARITIME_EXERCISE'] };
    let { events } = await fetchQuery('EventsQuery', { filter });
    const nodes = events.edges.map(({ node }) => node);
    while (events.pageInfo.hasNextPage) {
      const variables = { filter, cursor: events.pageInfo.endCursor };
      ({ events } = await fetchQuery('EventsPageQuery', variables));
      nodes.push(...events.edges.map(({ node }) => node));
    }
    assert.ok(nodes.length > 6, 'several pages');
    assert.equal(nodes.length, events.totalCount);
    assert.equal(new Set(nodes.map(({ id }) => id)).size, nodes.length);

    const [{ id, slug }] = nodes;
    assert.equal((await fetchQuery('EventRowQuery', { id })).node.slug, slug);
    assert.ok((await fetchQuery('EventCitationsQuery', { id })).node.citations.length > 0);
  });
});

test('introspection returns the schema of schema.graphql', async () => {
  const service = await serve();
  const query = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true });
  const { data, errors } = (await service.post({ query })).json;
  assert.equal(errors, undefined);
  const lines = (schema) => printSchema(lexicographicSortSchema(schema)).split('\n');
  assert.deepEqual(lines(buildClientSchema(data)), lines(buildSchema(sdl)));
});

test('the schema follows the rules of graphql-eslint', async () => {
  const linter = new ESLint({
    cwd: repository,
    overrideConfigFile: join(import.meta.dirname, 'eslint.config.js'),
  });
  const [{ messages }] = await linter.lintFiles('schema.graphql');
  assert.deepEqual(
    messages.map(({ line, message, ruleId }) => `${line}: ${message} (${ruleId})`),
    [],
  );
});

suite('the schema, compared with the last release,', () => {
  const released = readFileSync(join(import.meta.dirname, 'released.graphql'), 'utf8');
  const breaks = async (schema) => {
    const changes = await diff(buildSchema(released), buildSchema(schema));
    const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
    return breaking.map(({ message }) => message);
  };

  test('has no breaking change', async () => {
    assert.deepEqual(await breaks(sdl), []);
  });

  test('would have one if a field was removed', async () => {
    const without = released.replace(/\n\t"[^"]*"\n\trevision: Int!/, '');
    assert.deepEqual(await breaks(without), ["Field 'revision' was removed from object type 'Dataset'"]);
  });
});
