// Operations over WebSocket by the protocol graphql-transport-ws: with its own client, and message by
// message where the client hides them.

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

/** A test; one that waits for what does not come fails. */
const test = (name, run) => unlimited(name, { timeout: 30_000 }, run);

/** A socket and its messages, one by one. `closed` is the code and the reason of its end. */
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

/** A socket that may subscribe. */
async function initialised(options) {
  const opened = await open(options);
  opened.send({ type: 'connection_init' });
  assert.deepEqual(await opened.receive(), { type: 'connection_ack' });
  return opened;
}

const subscribe = (id, query, parameters) => ({ type: 'subscribe', id, payload: { query, ...parameters } });

/** Asserts that the socket answers, and that nothing came before that. */
async function answers({ send, receive }, id = 'after') {
  send(subscribe(id, REVISION));
  const { payload, ...next } = await receive();
  assert.deepEqual(next, { type: 'next', id });
  assert.ok(payload.data.dataset.revision);
  assert.deepEqual(await receive(), { type: 'complete', id });
}

/** Asserts with which code a socket is closed, and how the reason begins. */
async function closedWith({ closed }, code, words) {
  const stillOpen = sleep(5_000, ['still open'], { ref: false });
  const [given, reason] = await Promise.race([closed, stillOpen]);
  assert.equal(given, code);
  assert.match(reason, new RegExp(`^${words}`));
}

const edited = (text) => text.replace('summary = "', 'summary = "Edited. ');

suite('a socket', () => {
  test('speaks graphql-transport-ws, also where a client offers others before', async () => {
    const { socket } = await open({ protocols: ['graphql-ws', 'graphql-transport-ws'] });
    assert.equal(socket.protocol, 'graphql-transport-ws');
    socket.close();
  });

  test('is closed where a client does not speak it', async () => {
    // The client would give up where it asked for a protocol and none is agreed on, so the header is ours.
    for (const headers of [{}, { 'sec-websocket-protocol': 'graphql-ws' }]) {
      await closedWith(await open({ protocols: [], headers }), 4406, 'Subprotocol not acceptable');
    }
  });

  test('is refused where the handshake is none', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket' };
    const { status } = await service.request('/graphql', { headers });
    assert.ok(status >= 400 && status < 500, `status ${status}`);
  });

  /** The status by which a handshake is refused; 101 if it is not. */
  async function status(to, headers) {
    const socket = new WebSocket(to.webSocketUrl, ['graphql-transport-ws'], { headers });
    socket.on('error', () => {});
    const [answer] = await Promise.race([once(socket, 'upgrade'), once(socket, 'unexpected-response').then((given) => given.slice(1))]);
    socket.terminate();
    return answer.statusCode;
  }

  test('is opened by pages of the origins that --cors names, by our own, and by programs', async () => {
    const listed = await serve({ flags: ['--cors', 'https://a.example,https://b.example'] });
    assert.equal(await status(listed, {}), 101);
    assert.equal(await status(listed, { origin: 'https://b.example' }), 101);
    assert.equal(await status(listed, { origin: new URL(listed.url).origin }), 101);
    assert.equal(await status(listed, { origin: 'https://c.example' }), 403);
    assert.equal(await status(listed, { origin: 'null' }), 403);
    assert.equal(await status(service, { origin: 'https://c.example' }), 101);
  });

  test('is refused where a client, or all together, have as many as they may', async () => {
    for (const flag of ['--ws-max', '--ws-max-per-address']) {
      const bounded = await serve({ flags: [flag, '2'] });
      const first = await initialised({ to: bounded });
      const second = await initialised({ to: bounded });
      assert.equal(await status(bounded, {}), 503);
      const { status: queries } = await bounded.get({ query: REVISION });
      assert.equal(queries, 200);
      first.socket.close();
      await first.closed;
      await sleep(200);
      assert.equal(await status(bounded, {}), 101);
      second.socket.close();
    }
  });

  test('runs as many operations as it may', async () => {
    const bounded = await serve({ flags: ['--ws-max-operations', '2'] });
    const opened = await initialised({ to: bounded });
    opened.send(subscribe('1', CHANGED));
    opened.send(subscribe('2', CHANGED));
    opened.send(subscribe('3', CHANGED));
    const { type, id } = await opened.receive();
    assert.deepEqual({ type, id }, { type: 'error', id: '3' });
    opened.send({ type: 'complete', id: '1' });
    await answers(opened);
    opened.socket.close();
  });

  test('is closed where connection_init does not come in time', async () => {
    await closedWith(await open(), 4408, 'Connection initialisation timeout');
  });

  test('stays open once connection_init came', async () => {
    const opened = await initialised();
    await sleep(1_500);
    await answers(opened);
    opened.socket.close();
  });

  test('takes the payload of connection_init', async () => {
    const { socket, send, receive } = await open();
    send({ type: 'connection_init', payload: { dashboard: 'wall' } });
    assert.equal((await receive()).type, 'connection_ack');
    socket.close();
  });

  test('is closed at a second connection_init', async () => {
    const opened = await initialised();
    opened.send({ type: 'connection_init' });
    await closedWith(opened, 4429, 'Too many initialisation requests');
  });

  test('is closed where a client subscribes before connection_init', async () => {
    const opened = await open();
    opened.send(subscribe('1', REVISION));
    await closedWith(opened, 4401, 'Unauthorized');
  });

  test('answers a ping, before connection_init too', async () => {
    const { socket, send, receive } = await open();
    send({ type: 'ping' });
    assert.equal((await receive()).type, 'pong');
    send({ type: 'connection_init' });
    assert.equal((await receive()).type, 'connection_ack');
    send({ type: 'ping', payload: { sent: 1 } });
    assert.equal((await receive()).type, 'pong');
    socket.close();
  });

  test('takes a pong that it did not ask for', async () => {
    const opened = await initialised();
    opened.send({ type: 'pong' });
    opened.send({ type: 'pong', payload: { sent: 1 } });
    await answers(opened);
    opened.socket.close();
  });

  test('answers the ping of WebSocket itself', async () => {
    const { socket } = await open();
    socket.ping('still there?');
    const [data] = await once(socket, 'pong');
    assert.equal(data.toString(), 'still there?');
    socket.close();
  });

  for (const [what, message] of Object.entries({
    'that is no JSON': '{',
    'that is no object': '["ping"]',
    'without a type': '{}',
    'of an unknown type': '{ "type": "start" }',
    'that only a server sends': '{ "type": "next", "id": "1", "payload": {} }',
    'in bytes that are no JSON': Buffer.from([0, 1, 2]),
    'subscribe without an id': { type: 'subscribe', payload: { query: REVISION } },
    'subscribe with an empty id': subscribe('', REVISION),
    'subscribe with a number for its id': subscribe(1, REVISION),
    'subscribe without a payload': { type: 'subscribe', id: '1' },
    'subscribe without a document': { type: 'subscribe', id: '1', payload: {} },
    'subscribe with variables that are no object': subscribe('1', REVISION, { variables: [1] }),
    'subscribe with extensions that are no object': subscribe('1', REVISION, { extensions: 'x' }),
    'subscribe with a number for its operation': subscribe('1', REVISION, { operationName: 1 }),
    'complete without an id': { type: 'complete' },
    'ping with a payload that is no object': { type: 'ping', payload: 'x' },
  })) {
    test(`is closed at a message ${what}`, async () => {
      const opened = await initialised();
      const raw = typeof message === 'string' || Buffer.isBuffer(message);
      opened.socket.send(raw ? message : JSON.stringify(message));
      await closedWith(opened, 4400, '.+');
    });
  }

  test('is closed at a message connection_init with a payload that is no object', async () => {
    const opened = await open();
    opened.send({ type: 'connection_init', payload: 'x' });
    await closedWith(opened, 4400, '.+');
  });

  test('is closed at a message over the limit', async () => {
    const { closed, send } = await initialised();
    send(subscribe('1', `${REVISION} #${'x'.repeat(1 << 20)}`));
    const [code] = await closed;
    assert.ok(code === 1009 || code === 4400, `code ${code}`);
  });

  test('is closed where an id is used twice at a time', async () => {
    // The reason of a close frame has room for 123 bytes.
    for (const id of ['1', 'x'.repeat(300)]) {
      const opened = await initialised();
      opened.send(subscribe(id, CHANGED));
      opened.send(subscribe(id, CHANGED));
      await closedWith(opened, 4409, `Subscriber for ${id.slice(0, 20)}`);
    }
  });

  test('is closed in good order when its client says goodbye', async () => {
    const opened = await initialised();
    opened.send(subscribe('1', CHANGED));
    opened.socket.close(1000, 'Normal Closure');
    await closedWith(opened, 1000, '');
  });

  test('of another client lives on when one is closed', async () => {
    const [one, other] = [await initialised(), await initialised()];
    one.socket.send('{');
    await one.closed;
    await answers(other);
    other.socket.close();
  });
});

suite('an operation over WebSocket', () => {
  test('that is a query has one answer and is complete', async () => {
    const opened = await initialised();
    await answers(opened, '1');
    await answers(opened, '1');
    opened.socket.close();
  });

  test('takes variables and the name of an operation', async () => {
    const { socket, send, receive } = await initialised();
    const query = 'query A { __typename } query B($slug: Slug!) { event(slug: $slug) { slug } }';
    const variables = { slug: 'admm-05-jakarta-2011' };
    send(subscribe('1', query, { variables, operationName: 'B', extensions: {} }));
    assert.deepEqual((await receive()).payload, { data: { event: variables } });
    socket.close();
  });

  test('runs beside others, each under its id', async () => {
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
    ['whose document is no GraphQL', '{'],
    ['whose document does not validate', '{ treaty }'],
    ['that is a subscription to nothing we have', 'subscription { treaty }'],
    ['that is a mutation', 'mutation { __typename }'],
    [
      'with two subscriptions',
      'subscription { a: datasetChanged { revision } b: datasetChanged { revision } }',
    ],
    ['without a variable that it requires', 'query A($slug: Slug!) { event(slug: $slug) { slug } }'],
    ['whose name the document does not have', REVISION, { operationName: 'A' }],
  ]) {
    test(`${what} has an error for its answer, and its id is free again`, async () => {
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

  test('with a field that fails has an answer with data and errors', async () => {
    const { socket, send, receive } = await initialised();
    send(subscribe('1', '{ dataset { revision } event(slug: "medex-lucknow-2019") { revisions(first: -1) { totalCount } } }'));
    const { type, payload } = await receive();
    assert.equal(type, 'next');
    assert.equal(payload.errors.length, 1);
    assert.equal((await receive()).type, 'complete');
    socket.close();
  });

  test('that nobody began may be completed', async () => {
    const opened = await initialised();
    opened.send({ type: 'complete', id: 'unknown' });
    await answers(opened);
    opened.send({ type: 'complete', id: 'after' });
    await answers(opened);
    opened.socket.close();
  });

  test('ends when the client completes it, and its id is free again', async () => {
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

  test('does not fill our memory where its client does not read', async () => {
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

  /** The next event of a subscription, and how many milliseconds after the import it came. */
  async function after(change, events) {
    const event = events.next();
    await change();
    const imported = Date.now();
    const { value } = await event;
    return { data: value.data, delay: Date.now() - imported };
  }

  /** Waits until the server has seen what the client sent before. */
  const settled = (client) => client.iterate({ query: REVISION }).next();

  test('has its pings answered', async () => {
    const client = connected({ lazy: false, keepAlive: 100 });
    const received = await new Promise((resolve) => client.on('pong', resolve));
    assert.equal(received, true);
    await client.dispose();
  });

  test('learns within a second that another process changed the data', async () => {
    const client = connected();
    const events = client.iterate({ query: CHANGED });
    const { value } = await settled(client);
    const changed = () => service.import('bodies.toml', edited);
    const { data, delay } = await after(changed, events);
    assert.equal(data.datasetChanged.revision, value.data.dataset.revision + 1);
    const count = data.datasetChanged.counts.find(({ kind }) => kind === 'EVENT').count;
    assert.equal(count, 399);
    assert.ok(delay < 1_000, `${delay} ms after the import`);
    await client.dispose();
  });

  test('learns nothing from an import that changes nothing', async () => {
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

  test('learns which records of a kind were made, written anew and removed', async () => {
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

  test('learns at once what it missed since a revision that it knows', async () => {
    const client = connected();
    const { value } = await settled(client);
    const newest = value.data.dataset.revision;
    await service.import('events/1991.toml', edited);
    const { data: told } = (
      await client.iterate({ query: `subscription { datasetChanged(since: ${newest}) { revision } }` }).next()
    ).value;
    assert.equal(told.datasetChanged.revision, newest + 1);
    const { data: listed } = (
      await client
        .iterate({ query: `subscription { recordsChanged(since: ${newest}) { records { slug change } } }` })
        .next()
    ).value;
    const changed = { slug: 'aarm-01-malaysia-1991', change: 'UPDATED' };
    assert.deepEqual(listed.recordsChanged.records[0], changed);
    await client.dispose();
  });

  test('connects and subscribes again when the service was restarted', async () => {
    const client = connected({
      retryAttempts: 100,
      retryWait: () => sleep(100),
      // While nobody listens too.
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
  test('says goodbye to them when it stops, and does not wait for them', async () => {
    const stopping = await serve();
    const { closed, send } = await initialised({ to: stopping });
    send(subscribe('1', CHANGED));
    const began = Date.now();
    await stopping.stop();
    assert.equal((await closed)[0], 1001);
    assert.ok(Date.now() - began < 2_000, 'stopped in time');
  });

  test('keeps 1,000 idle subscriptions, and all learn of a change', async (t) => {
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
    t.diagnostic(`all know of a change ${Date.now() - imported} ms after the import`);
    const revisions = new Set(events.map(({ payload }) => payload.data.datasetChanged.revision));
    assert.equal(revisions.size, 1);
    sockets.forEach(({ socket }) => socket.terminate());
  });
});
