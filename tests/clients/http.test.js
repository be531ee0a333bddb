// GraphQL over HTTP beyond the audits of graphql-http, and HTTP itself.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:http2';
import { suite, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';
import { serve } from './service.js';

const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';
const REVISION = { query: '{ dataset { revision } }' };
const EVENTS = { query: '{ events(first: 100) { nodes { id slug title start summary } } }' };

const service = await serve();

/** The code of the first error of a GraphQL response without data. */
function code(answer) {
  const { data, errors } = answer.json;
  assert.equal(data, undefined);
  return errors[0].extensions.code;
}

function listed(header = '') {
  return header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
}

suite('the media type of the response', () => {
  for (const [accept, type] of [
    [GRAPHQL_TYPE, GRAPHQL_TYPE],
    [JSON_TYPE, JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    [`${GRAPHQL_TYPE}, ${JSON_TYPE};q=0.9`, GRAPHQL_TYPE],
    [`${JSON_TYPE};q=0.9, ${GRAPHQL_TYPE}`, GRAPHQL_TYPE],
    [`${JSON_TYPE}, ${GRAPHQL_TYPE};q=0.5`, JSON_TYPE],
    [`${GRAPHQL_TYPE};q=0.1, */*;q=0.2`, JSON_TYPE],
    [`${JSON_TYPE};q=0, */*`, GRAPHQL_TYPE],
    [`${JSON_TYPE};q=0.1, */*`, GRAPHQL_TYPE],
    [['text/html', GRAPHQL_TYPE], GRAPHQL_TYPE],
    [`${GRAPHQL_TYPE}; charset=utf-8`, GRAPHQL_TYPE],
    ['Application/JSON', JSON_TYPE],
    ['text/html, application/xhtml+xml, */*;q=0.8', JSON_TYPE],
    [`text/html, ${GRAPHQL_TYPE};q=0.001`, GRAPHQL_TYPE],
  ]) {
    test(`is ${type} for Accept: ${accept}`, async () => {
      for (const answer of [
        await service.post(REVISION, { accept }),
        await service.get(REVISION, { accept }),
      ]) {
        assert.equal(answer.status, 200);
        assert.equal(answer.headers['content-type'], `${type}; charset=utf-8`);
      }
    });
  }

  for (const accept of ['text/html', 'application/xml, text/*', `${JSON_TYPE};q=0`, '*/*;q=0']) {
    test(`is not available for Accept: ${accept}`, async () => {
      assert.equal((await service.post(REVISION, { accept })).status, 406);
      assert.equal((await service.get(REVISION, { accept })).status, 406);
    });
  }
});

suite('a request body', () => {
  const post = (type, body) =>
    service.request('/graphql', { method: 'POST', headers: { 'content-type': type }, body });

  for (const type of [
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/graphql',
    'application/jsonx',
    'application/json; charset=iso-8859-1',
  ]) {
    test(`of the type ${type} is rejected`, async () => {
      const answer = await post(type, JSON.stringify(REVISION));
      assert.equal(answer.status, 415);
      assert.match(code(answer), /^[A-Z_]+$/);
    });
  }

  for (const type of [
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json; charset="utf-8"',
    'Application/Json',
  ]) {
    test(`of the type ${type} is accepted`, async () => {
      assert.equal((await post(type, JSON.stringify(REVISION))).status, 200);
    });
  }

  test('that is not UTF-8 is rejected', async () => {
    const body = Buffer.from('{"query":"{ dataset { revision } } # caf\xe9"}', 'latin1');
    assert.equal((await post(JSON_TYPE, body)).status, 400);
  });

  test('over the limit is rejected', async () => {
    const answer = await service.post({ query: `${REVISION.query} #${'x'.repeat(1 << 20)}` });
    assert.equal(answer.status, 413);
    assert.match(code(answer), /^[A-Z_]+$/);
  });

  test('over the limit without a Content-Length is rejected', async () => {
    const headers = { 'content-type': JSON_TYPE, 'transfer-encoding': 'chunked' };
    const body = JSON.stringify({ query: `${REVISION.query} #${'x'.repeat(1 << 20)}` });
    const answer = await service.request('/graphql', { method: 'POST', headers, body });
    assert.equal(answer.status, 413);
  });

  test('with a batch of requests is rejected with an explanation', async () => {
    const answer = await service.post([REVISION, REVISION]);
    assert.equal(answer.status, 400);
    assert.match(answer.json.errors[0].message, /batch/i);
  });

  test('may have unknown properties', async () => {
    assert.equal((await service.post({ ...REVISION, treaty: [1] })).status, 200);
  });
});

suite('GET', () => {
  for (const operation of ['mutation', 'subscription']) {
    test(`rejects a ${operation}`, async () => {
      for (const accept of [JSON_TYPE, GRAPHQL_TYPE]) {
        const answer = await service.get({ query: `${operation} { __typename }` }, { accept });
        assert.equal(answer.status, 405);
        assert.ok(listed(answer.headers.allow).includes('post'));
      }
    });
  }

  test('rejects a mutation selected by operationName in a document with queries', async () => {
    const query = 'query A { dataset { revision } } mutation B { __typename }';
    assert.equal((await service.get({ query, operationName: 'A' })).status, 200);
    assert.equal((await service.get({ query, operationName: 'B' })).status, 405);
  });

  for (const name of ['variables', 'extensions']) {
    for (const value of ['{', '[]', '"text"', '1']) {
      test(`rejects ${name}=${value}, which is not an object`, async () => {
        assert.equal((await service.get({ ...REVISION, [name]: value })).status, 400);
      });
    }
  }

  test('ignores an empty parameter', async () => {
    const answer = await service.get({ ...REVISION, operationName: '', variables: '', extensions: '' });
    assert.equal(answer.status, 200);
    assert.ok(answer.json.data.dataset);
  });

  test('without a document is rejected', async () => {
    assert.equal((await service.get({}, { accept: JSON_TYPE })).status, 400);
  });
});

test('HEAD has the same headers as GET and no body', async () => {
  const target = `/graphql?${new URLSearchParams(REVISION)}`;
  const [head, get] = [await service.request(target, { method: 'HEAD' }), await service.request(target)];
  assert.equal(head.status, 200);
  assert.equal(head.bytes.length, 0);
  for (const name of ['content-type', 'etag', 'cache-control', 'vary']) {
    assert.equal(head.headers[name], get.headers[name], name);
  }
});

test('an unsupported method receives 405 with the allowed methods', async () => {
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    const answer = await service.request('/graphql', { method });
    assert.equal(answer.status, 405);
    const allowed = listed(answer.headers.allow);
    assert.ok(allowed.includes('get') && allowed.includes('post'));
  }
});

test('a response with a failed field has data, errors and a success status', async () => {
  const query = '{ dataset { revision } event(slug: "medex-lucknow-2019") { revisions(first: -1) { totalCount } } }';
  const answer = await service.post({ query }, { accept: GRAPHQL_TYPE });
  assert.ok(answer.status >= 200 && answer.status < 300, `status ${answer.status}`);
  assert.ok(answer.json.data.dataset.revision);
  assert.equal(answer.json.data.event, null);
  assert.deepEqual(answer.json.errors[0].path, ['event', 'revisions']);
});

suite('a page of another origin', () => {
  const origin = 'https://dashboard.example';

  test('may read responses, without credentials', async () => {
    const answers = [
      await service.get(REVISION, { origin }),
      await service.post(REVISION, { origin }),
      await service.post({ query: '{' }, { origin, accept: GRAPHQL_TYPE }),
      await service.request('/schema.graphql', { headers: { origin } }),
    ];
    for (const { headers } of answers) {
      assert.equal(headers['access-control-allow-origin'], '*');
      assert.equal(headers['access-control-allow-credentials'], undefined);
    }
  });

  test('may send the headers that clients send', async () => {
    const names = ['content-type', 'apollo-require-preflight', 'x-apollo-operation-name', 'x-adkb-cost'];
    for (const method of ['GET', 'POST']) {
      const { status, headers } = await service.request('/graphql', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': names.join(','),
        },
      });
      assert.ok(status === 200 || status === 204, `status ${status}`);
      assert.equal(headers['access-control-allow-origin'], '*');
      assert.equal(headers['access-control-allow-credentials'], undefined);
      assert.ok(listed(headers['access-control-allow-methods']).includes(method.toLowerCase()));
      const allowed = listed(headers['access-control-allow-headers']);
      assert.ok(
        names.every((name) => allowed.includes('*') || allowed.includes(name)),
        `${allowed}`,
      );
      assert.ok(Number(headers['access-control-max-age']) > 0);
    }
  });

  const embeddings = ['cross-site', 'same-site'].flatMap((site) =>
    [
      ['no-cors', 'script'],
      ['no-cors', 'image'],
      ['no-cors', 'empty'],
      ['navigate', 'iframe'],
      ['navigate', 'object'],
      ['navigate', 'embed'],
    ].map(([mode, destination]) => ({
      'sec-fetch-site': site,
      'sec-fetch-mode': mode,
      'sec-fetch-dest': destination,
    })),
  );

  test('cannot run a query by embedding its URL', async () => {
    for (const headers of [...embeddings, { ...embeddings[0], 'content-type': 'text/plain' }]) {
      const answer = await service.get(REVISION, headers);
      assert.equal(answer.status, 400, JSON.stringify(headers));
      assert.equal(code(answer), 'CSRF_PREVENTION');
    }
  });

  test('receives a response if it sends a header that requires a preflight', async () => {
    for (const [name, value] of [
      ['apollo-require-preflight', 'true'],
      ['graphql-require-preflight', '1'],
      ['x-apollo-operation-name', 'Revision'],
      ['content-type', JSON_TYPE],
    ]) {
      for (const headers of embeddings) {
        assert.equal((await service.get(REVISION, { ...headers, [name]: value })).status, 200, name);
      }
    }
  });

  for (const [what, headers] of Object.entries({
    'a CORS fetch': {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
    },
    'a URL that a user opens': {
      'sec-fetch-site': 'none',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    },
    'a link that a user follows': {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    },
    'a page of the same origin': {
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'script',
    },
  })) {
    test(`is not confused with ${what}, which receives a response`, async () => {
      assert.equal((await service.get(REVISION, headers)).status, 200);
    });
  }
});

suite('a cacheable response', () => {
  test('has a strong ETag, the same for the same request', async () => {
    const [once, again, other] = [
      await service.get(REVISION),
      await service.get(REVISION),
      await service.get({ query: '{ dataset { version } }' }),
    ];
    assert.match(once.headers.etag, /^"[\x21\x23-\x7e]+"$/);
    assert.equal(again.headers.etag, once.headers.etag);
    assert.notEqual(other.headers.etag, once.headers.etag);
  });

  test('is not sent again if the ETag matches: 304 has only the headers that a cache updates', async () => {
    for (const encoding of ['identity', 'gzip, br, zstd']) {
      const asking = { 'accept-encoding': encoding };
      const { headers } = await service.get(REVISION, asking);
      for (const tag of [headers.etag, `W/${headers.etag}`, `"other", ${headers.etag}`]) {
        const answer = await service.get(REVISION, { ...asking, 'if-none-match': tag });
        assert.equal(answer.status, 304, tag);
        assert.equal(answer.bytes.length, 0);
        for (const name of ['etag', 'cache-control', 'vary']) {
          assert.equal(answer.headers[name], headers[name], name);
        }
      }
    }
  });

  test('is not sent again for If-None-Match: *', async () => {
    assert.equal((await service.get(REVISION, { 'if-none-match': '*' })).status, 304);
  });

  test('is sent again if the ETag differs', async () => {
    assert.equal((await service.get(REVISION, { 'if-none-match': '"other"' })).status, 200);
  });

  test('is sent completely to a POST, which ignores If-None-Match', async () => {
    const { headers } = await service.get(REVISION);
    assert.equal((await service.post(REVISION, { 'if-none-match': headers.etag })).status, 200);
  });

  test('may be stored by shared caches and varies by media type and encoding', async () => {
    const { headers } = await service.get(REVISION);
    assert.ok(listed(headers['cache-control']).includes('public'));
    const varying = listed(headers.vary);
    assert.ok(varying.includes('accept') && varying.includes('accept-encoding'), headers.vary);
  });

  test('does not vary by origin', async () => {
    const headers = { 'accept-encoding': 'gzip', accept: JSON_TYPE };
    const ours = await service.get(EVENTS, headers);
    const theirs = await service.get(EVENTS, { ...headers, origin: 'https://dashboard.example' });
    for (const answer of [ours, theirs]) {
      assert.equal(answer.headers['access-control-allow-origin'], '*');
      assert.deepEqual(listed(answer.headers.vary).sort(), ['accept', 'accept-encoding', 'x-adkb-cost']);
    }
  });

  test('is not one with errors: caches must not store that', async () => {
    for (const accept of [JSON_TYPE, GRAPHQL_TYPE]) {
      const { headers } = await service.get({ query: '{' }, { accept });
      assert.ok(listed(headers['cache-control']).includes('no-store'), headers['cache-control']);
      assert.equal(headers.etag, undefined);
    }
  });

  test('is valid until the data changes', async () => {
    const before = await service.get(REVISION);
    await service.import('bodies.toml', (text) => text.replace('summary = "', 'summary = "Edited. '));
    const changed = async () => {
      const answer = await service.get(REVISION, { 'if-none-match': before.headers.etag });
      return answer.status === 304 ? undefined : answer;
    };
    const deadline = Date.now() + 1_000;
    let after;
    while (!(after = await changed())) {
      assert.ok(Date.now() < deadline, 'an outdated response a second after the import');
    }
    assert.equal(after.status, 200);
    assert.notEqual(after.headers.etag, before.headers.etag);
    assert.equal(after.json.data.dataset.revision, before.json.data.dataset.revision + 1);
  });
});

suite('a response is compressed', () => {
  const decoders = { br: brotliDecompressSync, gzip: gunzipSync, zstd: unzstd };
  const get = (encodings) => service.get(EVENTS, { 'accept-encoding': encodings });

  for (const [encoding, decode] of Object.entries(decoders)) {
    test(`with ${encoding} if a client accepts it`, async () => {
      const [plain, packed] = [await service.get(EVENTS), await get(encoding)];
      assert.equal(packed.headers['content-encoding'], encoding);
      assert.ok(packed.bytes.length < plain.bytes.length / 2);
      assert.deepEqual(Buffer.from(decode(packed.bytes)), plain.bytes);
    });
  }

  for (const [encodings, encoding] of [
    ['br;q=0, gzip', 'gzip'],
    ['gzip;q=0.5, br;q=0.9', 'br'],
    ['gzip, br;q=0.1, zstd;q=0', 'gzip'],
    // Some tools accept zstd but can't decode it.
    ['gzip, deflate, br, zstd', 'br'],
    ['zstd, br', 'br'],
    ['br;q=0.9, zstd', 'zstd'],
    ['identity', undefined],
    ['compress', undefined],
    ['', undefined],
  ]) {
    test(`by Accept-Encoding: "${encodings}" selects ${encoding ?? 'no encoding'}`, async () => {
      const answer = await get(encodings);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-encoding'], encoding);
    });
  }

  test('for POST too', async () => {
    const answer = await service.post(EVENTS, { 'accept-encoding': 'gzip' });
    assert.deepEqual(JSON.parse(gunzipSync(answer.bytes)), (await service.post(EVENTS)).json);
  });

  test('with a separate ETag for each encoding', async () => {
    const tags = {};
    for (const encoding of ['identity', ...Object.keys(decoders)]) {
      tags[encoding] = (await get(encoding)).headers.etag;
    }
    for (const [encoding, tag] of Object.entries(tags)) {
      for (const asking of Object.keys(tags)) {
        const answer = await service.get(EVENTS, { 'accept-encoding': asking, 'if-none-match': tag });
        assert.equal(answer.status, asking === encoding ? 304 : 200, `ETag of ${encoding}, request for ${asking}`);
      }
    }
  });
});

suite('a request id', () => {
  test('of the client is returned', async () => {
    const { headers } = await service.get(REVISION, { 'x-request-id': 'dashboard-7f3a' });
    assert.equal(headers['x-request-id'], 'dashboard-7f3a');
  });

  test('is generated for each request without one', async () => {
    const [one, other] = [await service.get(REVISION), await service.get(REVISION)];
    assert.match(one.headers['x-request-id'], /^[\w-]{8,}$/);
    assert.notEqual(one.headers['x-request-id'], other.headers['x-request-id']);
  });

  test('that is invalid is replaced', async () => {
    for (const given of ['x'.repeat(1_000), 'two words', '<script>', '']) {
      const { headers } = await service.get(REVISION, { 'x-request-id': given });
      assert.match(headers['x-request-id'], /^[\w-]{8,100}$/);
    }
  });

  test('is returned with errors too', async () => {
    for (const target of ['/graphql?query={', '/graphql', '/nothing']) {
      const { headers } = await service.request(target, { headers: { 'x-request-id': 'seen-by-us' } });
      assert.equal(headers['x-request-id'], 'seen-by-us', target);
    }
  });
});

test('every response has X-Content-Type-Options and Referrer-Policy', async () => {
  for (const target of ['/graphql?query={', '/schema.graphql', '/healthz', '/nothing']) {
    const { headers } = await service.request(target);
    assert.equal(headers['x-content-type-options'], 'nosniff', target);
    assert.ok(headers['referrer-policy'], target);
  }
});

suite('the cost of a query', () => {
  const cost = async (query) => (await service.post({ query }, { 'x-adkb-cost': '1' })).json.extensions.cost;

  test('is returned on request, each measure with its limit', async () => {
    const measures = await cost('{ a: dataset { revision } b: dataset { revision @skip(if: false) } }');
    const values = Object.fromEntries(Object.entries(measures).map(([name, { value }]) => [name, value]));
    const { tokens, nodes, ...counted } = values;
    assert.deepEqual(counted, {
      ...{ depth: 2, fields: 4, aliases: 2, directives: 1, rootFields: 2, values: 4 },
      ...{ conditions: 0, listValues: 0, filterDepth: 0, wordLength: 0 },
    });
    assert.ok(tokens >= 20 && nodes >= 2);
    assert.ok(Object.values(measures).every(({ value, limit }) => value <= limit));
  });

  test('grows with the requested page size', async () => {
    const few = await cost('{ events(first: 1) { nodes { themes { slug } } } }');
    const many = await cost('{ events(first: 100) { nodes { themes { slug } } } }');
    assert.ok(many.nodes.value >= few.nodes.value + 99);
  });

  test('is not returned without the header', async () => {
    assert.equal((await service.post(REVISION)).json.extensions, undefined);
  });

  test('over a limit is rejected with the measure, the value and the limit', async () => {
    const { depth } = await cost(REVISION.query);
    const levels = depth.limit;
    const query = `{ body(slug: "admm") ${'{ parent '.repeat(levels)} { slug } ${'}'.repeat(levels)} }`;
    const answer = await service.post({ query }, { accept: GRAPHQL_TYPE });
    assert.equal(answer.status, 400);
    assert.equal(code(answer), 'QUERY_TOO_COSTLY');
    const { message, extensions } = answer.json.errors[0];
    const { measure, value, limit } = extensions;
    assert.deepEqual({ measure, value, limit }, { measure: 'depth', value: levels + 2, limit: levels });
    assert.match(message, new RegExp(`${value}.*${limit}`));
  });
});

suite('a connection', () => {
  test('serves HTTP/2 with prior knowledge', async () => {
    const session = connect(new URL(service.url).origin);
    // The streams report the error too.
    session.on('error', () => {});
    const streams = Array.from({ length: 20 }, () => {
      const stream = session.request({ ':path': `/graphql?${new URLSearchParams(REVISION)}` });
      return Promise.all([once(stream, 'response'), stream.toArray()]);
    });
    for (const [[headers], body] of await Promise.all(streams)) {
      assert.equal(headers[':status'], 200);
      assert.ok(JSON.parse(Buffer.concat(body)).data.dataset);
    }
    session.close();
  });

  test('of a stalled HTTP/2 client is closed, with 408 if no response has started', async () => {
    const strict = await serve({ flags: ['--stall-timeout', '1', '--min-rate', '100000'] });
    const { origin } = new URL(strict.url);

    const slow = connect(origin);
    const sending = slow.request({
      ':method': 'POST',
      ':path': '/graphql',
      'content-type': 'application/json',
      'content-length': '1000',
    });
    sending.write('{');
    const [headers] = await once(sending, 'response');
    assert.equal(headers[':status'], 408);
    assert.match(Buffer.concat(await sending.toArray()).toString(), /too slowly/);
    slow.close();

    const idle = connect(origin, { settings: { initialWindowSize: 1000 } });
    idle.on('error', () => {});
    const reading = idle.request({ ':path': '/export/sources.json' });
    reading.on('error', () => {});
    await once(reading, 'response');
    const began = Date.now();
    // The client never reads the body.
    await new Promise((resolve) => idle.once('close', resolve));
    assert.ok(Date.now() - began < 8_000, 'the connection was not closed in time');
  });

  test('serves many HTTP/1.1 requests', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const _ of Array(5).keys()) {
      const { headers } = await service.request('/healthz', { agent });
      assert.notEqual(headers.connection, 'close');
    }
    assert.equal(Object.values(agent.freeSockets).flat().length, 1);
    agent.destroy();
  });

  test('serves HTTP/1.1 to a client that offers an upgrade to HTTP/2, as curl --http2 does', async () => {
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
    assert.equal((await service.get(REVISION, headers)).status, 200);
  });

  test('with too large headers is rejected', async () => {
    const { status } = await service.get(REVISION, { 'x-much': 'x'.repeat(200_000) });
    assert.ok(status === 431 || status === 400, `status ${status}`);
  });

  test('with too long a URL is rejected', async () => {
    const { status } = await service.get({ query: `${REVISION.query} #${'x'.repeat(200_000)}` });
    assert.ok([414, 431, 400].includes(status), `status ${status}`);
  });
});
