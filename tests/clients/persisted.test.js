// Documents identified by their hash: registered by clients, or listed by the operator.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { repository, serve, temporary } from './service.js';

const GRAPHQL_TYPE = 'application/graphql-response+json';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** The parameters of a request by Apollo's protocol, with the document or only its hash. */
const persisted = (hash, query) => ({
  ...(query && { query }),
  extensions: { persistedQuery: { version: 1, sha256Hash: hash } },
});

/** The same, as URL parameters. */
const inAddress = ({ extensions, ...parameters }) => ({
  ...parameters,
  extensions: JSON.stringify(extensions),
});

const service = await serve();

/** The only error of a response without data. */
const only = (answer) => {
  assert.equal(answer.json.data, undefined);
  assert.equal(answer.json.errors.length, 1);
  return answer.json.errors[0];
};

suite('Apollo’s automatic persisted queries', () => {
  const byPost = (parameters, headers) => service.post(parameters, headers);
  const byGet = (parameters, headers) => service.get(inAddress(parameters), headers);
  for (const [method, ask] of Object.entries({ POST: byPost, GET: byGet })) {
    test(`${method}: an unknown hash receives PersistedQueryNotFound, which is not cacheable`, async () => {
      const hash = sha256(`${method} unknown`);
      for (const [accept, status] of [
        ['application/json', 200],
        [GRAPHQL_TYPE, 400],
      ]) {
        const answer = await ask(persisted(hash), { accept });
        const { message, extensions } = only(answer);
        assert.equal(message, 'PersistedQueryNotFound');
        assert.equal(extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
        assert.equal(answer.status, status);
        assert.match(answer.headers['cache-control'], /no-store/);
      }
    });

    test(`${method}: a document sent with its hash is registered`, async () => {
      const query = `{ ${method}: dataset { revision } }`;
      const first = await ask(persisted(sha256(query), query));
      const second = await ask(persisted(sha256(query)));
      assert.deepEqual(first.json, { data: { [method]: { revision: 1 } } });
      assert.deepEqual(second.json, first.json);
    });

    test(`${method}: a document with a wrong hash is rejected and not registered`, async () => {
      const query = `{ ${method}: dataset { version } }`;
      const hash = sha256(`${query} `);
      const answer = await ask(persisted(hash, query));
      assert.equal(answer.status, 400);
      assert.equal(only(answer).message, 'provided sha does not match query');
      assert.equal(only(await ask(persisted(hash))).message, 'PersistedQueryNotFound');
    });
  }

  test('a document registered by POST can be requested by GET, with variables and an ETag', async () => {
    const query = 'query E($slug: Slug!) { event(slug: $slug) { slug } }';
    const variables = { slug: 'admm-05-jakarta-2011' };
    await service.post({ ...persisted(sha256(query), query), variables });
    const address = { ...inAddress(persisted(sha256(query))), variables: JSON.stringify(variables) };
    const answer = await service.get(address);
    assert.deepEqual(answer.json.data.event, variables);
    const again = await service.get(address, { 'if-none-match': answer.headers.etag });
    assert.equal(again.status, 304);
  });

  test('an invalid document is rejected with and without its text', async () => {
    const query = '{ treaty }';
    for (const parameters of [persisted(sha256(query), query), persisted(sha256(query))]) {
      const { status } = await service.post(parameters, { accept: GRAPHQL_TYPE });
      assert.equal(status, 400);
    }
  });

  test('an unsupported version of the protocol is rejected', async () => {
    const query = '{ dataset { revision } }';
    const extensions = { persistedQuery: { version: 2, sha256Hash: sha256(query) } };
    assert.equal((await service.post({ query, extensions })).status, 400);
  });
});

suite('the example queries', () => {
  const folder = join(repository, 'api/examples');
  const files = readdirSync(folder);
  const queries = files
    .filter((file) => file.endsWith('.graphql'))
    .map((file) => {
      const variables = file.replace('.graphql', '.variables.json');
      return {
        query: readFileSync(join(folder, file), 'utf8'),
        variables: files.includes(variables) ? JSON.parse(readFileSync(join(folder, variables), 'utf8')) : {},
      };
    });

  /** Wraps `fetch` and records whether each request sent a document or a hash. */
  function recording() {
    const sent = [];
    const fetching = (address, options) => {
      const { searchParams } = new URL(address);
      const parameters = options.body ? JSON.parse(options.body) : Object.fromEntries(searchParams);
      sent.push(parameters.query ? 'document' : `hash by ${options.method}`);
      return fetch(address, options);
    };
    return { sent, fetching };
  }

  const clients = {
    'Apollo Client': (fetching) => {
      const client = new ApolloClient({
        cache: new InMemoryCache(),
        link: new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(
          new HttpLink({ uri: service.url, fetch: fetching }),
        ),
      });
      return ({ query, variables }) =>
        client.query({ query: gql(query), variables, fetchPolicy: 'no-cache' });
    },
    urql: (fetching) => {
      const client = new Client({
        url: service.url,
        fetch: fetching,
        preferGetMethod: false,
        exchanges: [persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
      });
      return ({ query, variables }) => client.query(query, variables).toPromise();
    },
  };
  for (const [name, start] of Object.entries(clients)) {
    test(`work with ${name}, the second time by hash only`, async () => {
      assert.ok(queries.length > 10);
      for (const query of queries) {
        const [first, second] = [recording(), recording()];
        const registering = await start(first.fetching)(query);
        const repeating = await start(second.fetching)(query);
        for (const { data, error } of [registering, repeating]) {
          assert.ifError(error);
          assert.ok(data);
        }
        assert.deepEqual(repeating.data, registering.data);
        assert.deepEqual(first.sent, ['hash by GET', 'document']);
        assert.deepEqual(second.sent, ['hash by GET']);
      }
    });
  }
});

suite('a service with a list of trusted documents', async () => {
  const trusted = 'query Trusted { dataset { revision } }';
  const ofRelay = 'query OfRelay { dataset { version } }';
  const md5 = createHash('md5').update(ofRelay).digest('hex');
  const other = 'query Other { dataset { revision } }';

  const folder = temporary();
  const list = join(folder, 'persisted-documents.json');
  writeFileSync(list, JSON.stringify({ [sha256(trusted)]: trusted, [md5]: ofRelay }));
  const service = await serve({ flags: ['--trusted-documents', list] });

  for (const [what, parameters] of Object.entries({
    'by its id with the hash algorithm': { documentId: `sha256:${sha256(trusted)}` },
    'by its id': { documentId: sha256(trusted) },
    'by Apollo’s extension': persisted(sha256(trusted)),
    'by Apollo’s extension with the document': persisted(sha256(trusted), trusted),
  })) {
    test(`runs a listed document ${what}`, async () => {
      const expected = { data: { dataset: { revision: 1 } } };
      assert.deepEqual((await service.post(parameters)).json, expected);
      const address = parameters.extensions ? inAddress(parameters) : parameters;
      assert.deepEqual((await service.get(address)).json, expected);
    });
  }

  test('runs a listed document by an id that is not a SHA-256 hash, such as Relay’s', async () => {
    assert.ok((await service.post({ documentId: md5 })).json.data.dataset.version);
  });

  for (const [what, parameters] of Object.entries({
    'an unlisted document': { query: other },
    'an id that is not listed': { documentId: `sha256:${sha256(other)}` },
    'a hash that is not listed': persisted(sha256(other)),
    'a document that registers itself': persisted(sha256(other), other),
    'a listed id with another document': { documentId: sha256(trusted), query: other },
    introspection: { query: '{ __schema { queryType { name } } }' },
    __typename: { query: '{ __typename }' },
  })) {
    test(`rejects ${what}`, async () => {
      const address = parameters.extensions ? inAddress(parameters) : parameters;
      for (const answer of [await service.post(parameters), await service.get(address)]) {
        assert.equal(answer.status, 400);
        assert.equal(only(answer).extensions.code, 'PERSISTED_QUERY_NOT_IN_LIST');
      }
      assert.equal((await service.post(persisted(sha256(other)))).status, 400);
    });
  }

  test('rejects an unlisted document by WebSocket too', async () => {
    const client = createClient({ url: service.webSocketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    await assert.rejects(client.iterate({ query: other }).next(), ([error]) => {
      assert.equal(error.extensions.code, 'PERSISTED_QUERY_NOT_IN_LIST');
      return true;
    });
    await client.dispose();
  });

  test('does not start with an invalid or missing list, and reports why', async () => {
    writeFileSync(join(folder, 'broken.json'), '["{ dataset { revision } }"]');
    for (const file of ['broken.json', 'nothing.json']) {
      const start = serve({ flags: ['--trusted-documents', join(folder, file)] });
      await assert.rejects(
        start,
        new RegExp(`trusted.documents[^]*${file}|${file}[^]*trusted.documents`, 'i'),
      );
    }
  });
});
