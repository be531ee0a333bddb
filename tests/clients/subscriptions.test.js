// Operations over WebSocket by the protocol graphql-transport-ws, with the client graphql-ws and
// with single messages.

import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import { suite, test as unlimited } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { serve } from './service.js';

const CHANGED = 'subscription { datasetChanged { revision counts { kind count } } }';
const REVISION = '{ dataset { revision } }';

const service = await serve({ flags: ['--ws-init-timeout', '1'] });

/** A test that fails if it waits for longer than 30 seconds. */
const test = (name, run) => unlimited(name, { timeout: 30_000 }, run);

/** A socket whose messages are received one by one. `closed` resolves to the close code and reason. */
async function open({ to = service, protocols = ['graphql-transport-ws'], headers } = {}) {
  const socket = new WebSocket(to.webSocketUrl, protocols, { headers });
  const messages = on(socket, 'message', { close: ['close'] });
  const closed = new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve([code, reason.toString()]));
  });
  await once(socket, 'open');
  return {
    socket,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    receive: async () => {
      const { done, value } = await messages.next();
      assert.ok(!done, 'the socket is open');
      return JSON.parse(value[0]);
    },
  };
}

/** A socket after connection_ack. */
async function initialised(options) {
  const opened = await open(options);
  opened.send({ type: 'connection_init' });
  assert.deepEqual(await opened.receive(), { type: 'connection_ack' });
  return opened;
}

const subscribe = (id, query, parameters) => ({ type: 'subscribe', id, payload: { query, ...parameters } });

/** Asserts that the socket answers a query and has no other message before that. */
async function answers({ send, receive }, id = 'after') {
  send(subscribe(id, REVISION));
  const { payload, ...next } = await receive();
  assert.deepEqual(next, { type: 'next', id });
  assert.ok(payload.data.dataset.revision);
  assert.deepEqual(await receive(), { type: 'complete', id });
}

/** Asserts the code with which a socket is closed, and the start of the reason. */
async function closedWith({ closed }, code, words) {
  const stillOpen = sleep(5_000, ['still open'], { ref: false });
  const [given, reason] = await Promise.race([closed, stillOpen]);
  assert.equal(given, code);
  assert.match(reason, new RegExp(`^${words}`));
}

const edited = (text) => text.replace('summary = "', 'summary = "Edited. ');

suite('a socket', () => {
  test('selects graphql-transport-ws, even if a client prefers another protocol', async () => {
    const { socket } = await open({ protocols: ['graphql-ws', 'graphql-transport-ws'] });
    assert.equal(socket.protocol, 'graphql-transport-ws');
    socket.close();
  });

  test('is closed if a client does not support that protocol', async () => {
    // `ws` fails if it offers a protocol and the server selects none, so the header is set by hand.
    for (const headers of [{}, { 'sec-websocket-protocol': 'graphql-ws' }]) {
      await closedWith(await open({ protocols: [], headers }), 4406, 'Subprotocol not acceptable');
    }
  });

  test('is rejected if the handshake is invalid', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket' };
    const { status } = await service.request('/graphql', { headers });
    assert.ok(status >= 400 && status < 500, `status ${status}`);
  });

  /** The status of the response to a handshake: 101 if it is accepted. */
  async function status(to, headers) {
    const socket = new WebSocket(to.webSocketUrl, ['graphql-transport-ws'], { headers });
    socket.on('error', () => {});
    const [answer] = await Promise.race([once(socket, 'upgrade'), once(socket, 'unexpected-response').then((given) => given.slice(1))]);
    socket.terminate();
    return answer.statusCode;
  }

  test('is accepted from the origins of --cors, from the own origin, and from programs', async () => {
    const listed = await serve({ flags: ['--cors', 'https://a.example,https://b.example'] });
    assert.equal(await status(listed, {}), 101);
    assert.equal(await status(listed, { origin: 'https://b.example' }), 101);
    assert.equal(await status(listed, { origin: new URL(listed.url).origin }), 101);
    assert.equal(await status(listed, { origin: 'https://c.example' }), 403);
    assert.equal(await status(listed, { origin: 'null' }), 403);
    assert.equal(await status(service, { origin: 'https://c.example' }), 101);
  });

  test('is rejected above the limit per client or the total limit', async () => {
    for (const flag of ['--ws-max', '--ws-max-per-address']) {
      const limited = await serve({ flags: [flag, '2'] });
      const first = await initialised({ to: limited });
      const second = await initialised({ to: limited });
      assert.equal(await status(limited, {}), 503);
      const { status: queries } = await limited.get({ query: REVISION });
      assert.equal(queries, 200);
      first.socket.close();
      await first.closed;
      await sleep(200);
      assert.equal(await status(limited, {}), 101);
      second.socket.close();
    }
  });

  test('runs operations up to the limit', async () => {
    const limited = await serve({ flags: ['--ws-max-operations', '2'] });
    const opened = await initialised({ to: limited });
    opened.send(subscribe('1', CHANGED));
    opened.send(subscribe('2', CHANGED));
    opened.send(subscribe('3', CHANGED));
    const { type, id } = await opened.receive();
    assert.deepEqual({ type, id }, { type: 'error', id: '3' });
    opened.send({ type: 'complete', id: '1' });
    await answers(opened);
    opened.socket.close();
  });

  test('is closed if connection_init does not arrive in time', async () => {
    await closedWith(await open(), 4408, 'Connection initialisation timeout');
  });

  test('stays open after connection_init', async () => {
    const opened = await initialised();
    await sleep(1_500);
    await answers(opened);
    opened.socket.close();
  });

  test('accepts a payload in connection_init', async () => {
    const { socket, send, receive } = await open();
    send({ type: 'connection_init', payload: { dashboard: 'wall' } });
    assert.equal((await receive()).type, 'connection_ack');
    socket.close();
  });

  test('is closed after a second connection_init', async () => {
    const opened = await initialised();
    opened.send({ type: 'connection_init' });
    await closedWith(opened, 4429, 'Too many initialisation requests');
  });

  test('is closed if a client subscribes before connection_init', async () => {
    const opened = await open();
    opened.send(subscribe('1', REVISION));
    await closedWith(opened, 4401, 'Unauthorized');
  });

  test('answers a ping, even before connection_init', async () => {
    const { socket, send, receive } = await open();
    send({ type: 'ping' });
    assert.equal((await receive()).type, 'pong');
    send({ type: 'connection_init' });
    assert.equal((await receive()).type, 'connection_ack');
    send({ type: 'ping', payload: { sent: 1 } });
    assert.equal((await receive()).type, 'pong');
    socket.close();
  });

  test('accepts an unsolicited pong', async () => {
    const opened = await initialised();
    opened.send({ type: 'pong' });
    opened.send({ type: 'pong', payload: { sent: 1 } });
    await answers(opened);
    opened.socket.close();
  });

  test('answers a ping frame of WebSocket', async () => {
    const { socket } = await open();
    socket.ping('still there?');
    const [data] = await once(socket, 'pong');
    assert.equal(data.toString(), 'still there?');
    socket.close();
  });

  for (const [what, message] of Object.entries({
    'that is not JSON': '{',
    'that is not an object': '["ping"]',
    'without a type': '{}',
    'of an unknown type': '{ "type": "start" }',
    'that only a server sends': '{ "type": "next", "id": "1", "payload": {} }',
    'in binary that is not JSON': Buffer.from([0, 1, 2]),
    'subscribe without an id': { type: 'subscribe', payload: { query: REVISION } },
    'subscribe with an empty id': subscribe('', REVISION),
    'subscribe with a number as its id': subscribe(1, REVISION),
    'subscribe without a payload': { type: 'subscribe', id: '1' },
    'subscribe without a document': { type: 'subscribe', id: '1', payload: {} },
    'subscribe with variables that are not an object': subscribe('1', REVISION, { variables: [1] }),
    'subscribe with extensions that are not an object': subscribe('1', REVISION, { extensions: 'x' }),
    'subscribe with a number as its operationName': subscribe('1', REVISION, { operationName: 1 }),
    'complete without an id': { type: 'complete' },
    'ping with a payload that is not an object': { type: 'ping', payload: 'x' },
  })) {
    test(`is closed after a message ${what}`, async () => {
      const opened = await initialised();
      const raw = typeof message === 'string' || Buffer.isBuffer(message);
      opened.socket.send(raw ? message : JSON.stringify(message));
      await closedWith(opened, 4400, '.+');
    });
  }

  test('is closed after a message connection_init with a payload that is not an object', async () => {
    const opened = await open();
    opened.send({ type: 'connection_init', payload: 'x' });
    await closedWith(opened, 4400, '.+');
  });

  test('is closed after a message over the size limit', async () => {
    const { closed, send } = await initialised();
    send(subscribe('1', `${REVISION} #${'x'.repeat(1 << 20)}`));
    const [code] = await closed;
    assert.ok(code === 1009 || code === 4400, `code ${code}`);
  });

  test('is closed if an id is used by two operations at the same time', async () => {
    // The reason of a close frame has room for 123 bytes.
    for (const id of ['1', 'x'.repeat(300)]) {
      const opened = await initialised();
      opened.send(subscribe(id, CHANGED));
      opened.send(subscribe(id, CHANGED));
      await closedWith(opened, 4409, `Subscriber for ${id.slice(0, 20)}`);
    }
  });

  test('is closed normally if its client closes it', async () => {
    const opened = await initialised();
    opened.send(subscribe('1', CHANGED));
    opened.socket.close(1000, 'Normal Closure');
    await closedWith(opened, 1000, '');
  });

  test('of another client stays open when one is closed', async () => {
    const [one, other] = [await initialised(), await initialised()];
    one.socket.send('{');
    await one.closed;
    await answers(other);
    other.socket.close();
  });
});

suite('an operation over WebSocket', () => {
  test('that is a query has one response and is complete', async () => {
    const opened = await initialised();
    await answers(opened, '1');
    await answers(opened, '1');
    opened.socket.close();
  });

  test('accepts variables and operationName', async () => {
    const { socket, send, receive } = await initialised();
    const query = 'query A { __typename } query B($slug: Slug!) { event(slug: $slug) { slug } }';
    const variables = { slug: 'admm-05-jakarta-2011' };
    send(subscribe('1', query, { variables, operationName: 'B', extensions: {} }));
    assert.deepEqual((await receive()).payload, { data: { event: variables } });
    socket.close();
  });

  test('runs concurrently with others, each with its id', async () => {
    const { socket, send, receive } = await initialised();
    const ids = Array.from({ length: 20 }, (_, number) => `id ${number}`);
    ids.forEach((id) => send(subscribe(id, REVISION)));
    const seen = [];
    while (seen.length < 40) {
      const { type, id } = await receive();
      seen.push(`${type} ${id}`);
    }
    for (const id of ids) {
      const [next, complete] = [seen.indexOf(`next ${id}`), seen.indexOf(`complete ${id}`)];
      assert.ok(next >= 0 && next < complete, id);
    }
    socket.close();
  });

  for (const [what, query, parameters] of [
    ['with a syntax error', '{'],
    ['with an invalid document', '{ treaty }'],
    ['that is an unknown subscription', 'subscription { treaty }'],
    ['that is a mutation', 'mutation { __typename }'],
    [
      'with two subscription fields',
      'subscription { a: datasetChanged { revision } b: datasetChanged { revision } }',
    ],
    ['without a required variable', 'query A($slug: Slug!) { event(slug: $slug) { slug } }'],
    ['with an unknown operationName', REVISION, { operationName: 'A' }],
  ]) {
    test(`${what} receives an error, and its id can be reused`, async () => {
      const opened = await initialised();
      opened.send(subscribe('1', query, parameters));
      const { type, id, payload } = await opened.receive();
      assert.deepEqual({ type, id }, { type: 'error', id: '1' });
      assert.notEqual(payload[0].message, '');
      assert.equal(typeof payload[0].extensions.code, 'string');
      await answers(opened, '1');
      opened.socket.close();
    });
  }

  test('with a failed field has a response with data and errors', async () => {
    const { socket, send, receive } = await initialised();
    send(subscribe('1', '{ dataset { revision } event(slug: "medex-lucknow-2019") { revisions(first: -1) { totalCount } } }'));
    const { type, payload } = await receive();
    assert.equal(type, 'next');
    assert.equal(payload.errors.length, 1);
    assert.equal((await receive()).type, 'complete');
    socket.close();
  });

  test('that is unknown may be completed', async () => {
    const opened = await initialised();
    opened.send({ type: 'complete', id: 'unknown' });
    await answers(opened);
    opened.send({ type: 'complete', id: 'after' });
    await answers(opened);
    opened.socket.close();
  });

  test('ends when the client completes it, and its id can be reused', async () => {
    const opened = await initialised();
    opened.send(subscribe('later', CHANGED));
    await answers(opened);
    opened.send({ type: 'complete', id: 'later' });
    await answers(opened, 'later');
    opened.send(subscribe('at once', CHANGED));
    opened.send({ type: 'complete', id: 'at once' });
    await answers(opened, 'at once');
    await service.import('bodies.toml', edited);
    await sleep(1_000);
    await answers(opened);
    opened.socket.close();
  });

  test('does not fill the memory of the service if its client does not read', async () => {
    const { socket, send, receive } = await initialised();
    const before = await service.memory();
    socket.pause();
    for (let number = 0; number < 2_000; number += 1) {
      send(subscribe(`${number}`, `{ list${number}: events(first: 100) { nodes { title summary } } }`));
    }
    await sleep(2_000);
    assert.ok((await service.memory()) - before < 64, 'MiB held for a client that does not read');
    socket.resume();
    for (let ended = 0; ended < 2_000;) {
      const { type } = await receive();
      ended += type === 'complete' || type === 'error' ? 1 : 0;
    }
    socket.close();
  });
});

suite('the client graphql-ws', () => {
  const connected = (options) =>
    createClient({ url: service.webSocketUrl, webSocketImpl: WebSocket, retryAttempts: 0, ...options });

  /** The next event of a subscription, and its delay after the import in milliseconds. */
  async function after(change, events) {
    const event = events.next();
    await change();
    const imported = Date.now();
    const { value } = await event;
    return { data: value.data, delay: Date.now() - imported };
  }

  /** Waits until the server has processed the earlier messages of the client. */
  const settled = (client) => client.iterate({ query: REVISION }).next();

  test('receives answers to its pings', async () => {
    const client = connected({ lazy: false, keepAlive: 100 });
    const received = await new Promise((resolve) => client.on('pong', resolve));
    assert.equal(received, true);
    await client.dispose();
  });

  test('receives a change by another process within a second', async () => {
    const client = connected();
    const events = client.iterate({ query: CHANGED });
    const { value } = await settled(client);
    const changed = () => service.import('bodies.toml', edited);
    const { data, delay } = await after(changed, events);
    assert.equal(data.datasetChanged.revision, value.data.dataset.revision + 1);
    const count = data.datasetChanged.counts.find(({ kind }) => kind === 'EVENT').count;
    assert.equal(count, 491);
    assert.ok(delay < 1_000, `${delay} ms after the import`);
    await client.dispose();
  });

  test('receives nothing from an import that changes nothing', async () => {
    const client = connected();
    const events = client.iterate({ query: CHANGED });
    const { value } = await settled(client);
    const { data } = await after(async () => {
      await service.import('bodies.toml', (text) => text);
      await service.import('bodies.toml', edited);
    }, events);
    assert.equal(data.datasetChanged.revision, value.data.dataset.revision + 1);
    await client.dispose();
  });

  test('receives which records of a kind were created, updated and removed', async () => {
    const client = connected();
    const events = client.iterate({
      query: `subscription Records($kinds: [RecordKind!]) {
        recordsChanged(kinds: $kinds) { revision records { kind slug change } }
      }`,
      variables: { kinds: ['EVENT'] },
    });
    await settled(client);
    const file = 'events/1991.toml';
    const slug = 'aarm-01-malaysia-1991';
    let original;
    const steps = [
      [(text) => edited((original = text)), { [slug]: 'UPDATED' }],
      [
        (text) => `${text}\n${original.slice(original.indexOf('[[event]]')).replace(slug, 'aarm-copy')}`,
        { 'aarm-copy': 'CREATED' },
      ],
      [() => original, { [slug]: 'UPDATED', 'aarm-copy': 'REMOVED' }],
    ];
    await service.import('bodies.toml', edited);
    for (const [edit, changes] of steps) {
      const { data } = await after(() => service.import(file, edit), events);
      const { records } = data.recordsChanged;
      assert.ok(records.every(({ kind }) => kind === 'EVENT'));
      assert.deepEqual(Object.fromEntries(records.map(({ slug, change }) => [slug, change])), changes);
    }
    await client.dispose();
  });

  test('receives at once the changes since a given revision', async () => {
    const client = connected();
    const { value } = await settled(client);
    const newest = value.data.dataset.revision;
    await service.import('events/1991.toml', edited);
    const { data: dataset } = (
      await client.iterate({ query: `subscription { datasetChanged(since: ${newest}) { revision } }` }).next()
    ).value;
    assert.equal(dataset.datasetChanged.revision, newest + 1);
    const { data: listed } = (
      await client
        .iterate({ query: `subscription { recordsChanged(since: ${newest}) { records { slug change } } }` })
        .next()
    ).value;
    const changed = { slug: 'aarm-01-malaysia-1991', change: 'UPDATED' };
    assert.deepEqual(listed.recordsChanged.records[0], changed);
    await client.dispose();
  });

  test('reconnects and subscribes again after a restart of the service', async () => {
    const client = connected({
      retryAttempts: 100,
      retryWait: () => sleep(100),
      // Retries even while the service is down.
      shouldRetry: () => true,
    });
    const events = client.iterate({ query: CHANGED });
    await settled(client);
    const reconnected = new Promise((resolve) => client.on('connected', resolve));
    await service.stop();
    await service.start();
    await reconnected;
    const { data } = await after(() => service.import('bodies.toml', edited), events);
    assert.ok(data.datasetChanged.revision);
    await client.dispose();
  });
});

suite('a service with sockets', () => {
  test('closes them with 1001 when it stops, without waiting for them', async () => {
    const stopping = await serve();
    const { closed, send } = await initialised({ to: stopping });
    send(subscribe('1', CHANGED));
    const began = Date.now();
    await stopping.stop();
    assert.equal((await closed)[0], 1001);
    assert.ok(Date.now() - began < 2_000, 'the service did not stop in time');
  });

  test('serves 1,000 idle subscriptions, and all receive a change', async (t) => {
    const before = await service.memory();
    const sockets = [];
    for (let batch = 0; batch < 10; batch += 1) {
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => initialised()))));
    }
    sockets.forEach(({ send }) => send(subscribe('1', CHANGED)));
    await Promise.all(sockets.map((opened) => answers(opened)));
    const held = await service.memory();
    t.diagnostic(`${before.toFixed(0)} MiB without, ${held.toFixed(0)} MiB with 1,000 subscriptions`);
    assert.ok(held - before < 100, `${(held - before).toFixed(0)} MiB for 1,000 subscriptions`);

    await service.import('bodies.toml', edited);
    const imported = Date.now();
    const events = await Promise.all(sockets.map(({ receive }) => receive()));
    t.diagnostic(`all received the change ${Date.now() - imported} ms after the import`);
    const revisions = new Set(events.map(({ payload }) => payload.data.datasetChanged.revision));
    assert.equal(revisions.size, 1);
    sockets.forEach(({ socket }) => socket.terminate());
  });
});
