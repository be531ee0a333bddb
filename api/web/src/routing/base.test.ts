import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Base } from './base';

const HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('the base of addresses', () => {
  test('is empty for the newest state', () => {
    for (const path of ['/', '/events', '/event/at', '/attic/2026.11.30', '/at', '/at/', '/body/at/1']) {
      const base = new Base(path);
      assert.equal(base.isEarlierState, false, path);
      assert.equal(base.url('/events'), '/events');
      assert.equal(base.pathOf(path), path);
    }
  });

  test('is the state in the address', () => {
    for (const state of ['2026.11.30', '7', HASH, '2026%20beta'])
      for (const path of ['', '/', '/events', '/graphiql', '/event/a/b']) {
        const base = new Base(`/at/${state}${path}`);
        assert.equal(base.isEarlierState, true);
        assert.equal(base.url('/events?hosts=JP'), `/at/${state}/events?hosts=JP`);
        assert.equal(base.newestUrl('/events?hosts=JP'), '/events?hosts=JP');
        assert.equal(base.pathOf(`/at/${state}${path}`), path || '/');
      }
  });

  test('begins all addresses of the service, except its health', () => {
    const base = new Base('/at/7/events');
    assert.equal(base.graphql, '/at/7/graphql');
    assert.equal(base.graphiql, '/at/7/graphiql');
    assert.equal(base.schema, '/at/7/schema.graphql');
    assert.equal(base.exports, '/at/7/export/');
    assert.equal(base.webSocket, 'ws://localhost/at/7/graphql');
    assert.equal(base.health, '/healthz');
  });

  test('is preceded by the path of a proxy', () => {
    const newest = new Base('/adkb/events', '/adkb');
    assert.equal(newest.isEarlierState, false);
    assert.equal(newest.url('/events'), '/adkb/events');
    assert.equal(newest.pathOf('/adkb/events'), '/events');
    assert.equal(newest.hasPage('/adkb/events'), true);
    assert.equal(newest.hasPage('/events'), false);
    assert.equal(newest.hasPage('/adkb-2/events'), false);
    const earlier = new Base('/adkb/at/7/events', '/adkb');
    assert.equal(earlier.graphql, '/adkb/at/7/graphql');
    assert.equal(earlier.newestUrl('/events'), '/adkb/events');
    assert.equal(earlier.health, '/adkb/healthz');
    assert.equal(
      earlier.permanentUrl(`/at/${HASH}`, '/events', 'https://x.test'),
      `https://x.test/adkb/at/${HASH}/events`,
    );
  });

  test('tells pages from files, endpoints and other states', () => {
    const newest = new Base('/');
    for (const path of ['/', '/events', '/event/graphql', '/exports', '/attic'])
      assert.ok(newest.hasPage(path), path);
    for (const path of [
      '/graphql',
      '/graphiql',
      '/export/',
      '/export/events.csv',
      '/schema.graphql',
      '/at/7/',
    ])
      assert.ok(!newest.hasPage(path), path);
    const earlier = new Base('/at/7/');
    for (const path of ['/at/7', '/at/7/', '/at/7/events']) assert.ok(earlier.hasPage(path), path);
    for (const path of [
      '/',
      '/events',
      '/at/70/events',
      '/at/8/',
      '/at/7/graphiql',
      '/at/7/export/events.csv',
    ])
      assert.ok(!earlier.hasPage(path), path);
  });

  test('of permanent links is the one that the service names', () => {
    for (const base of [new Base('/events'), new Base('/at/7/events')]) {
      const path = '/events?hosts=JP';
      assert.equal(base.permanentUrl('/at/9', path, 'https://x.test'), 'https://x.test/at/9/events?hosts=JP');
      assert.equal(base.permanentUrl('https://y.test/at/9', path), 'https://y.test/at/9/events?hosts=JP');
    }
  });

  test('is spelled out in no other module', () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
      (file) => /\.(svelte|tsx?)$/.test(file) && !/\.(generated|test)\.ts$|^routing\/base\.ts$/.test(file),
    );
    assert.ok(sources.length > 100);
    for (const file of sources) {
      const source = readFileSync(`src/${file}`, 'utf8');
      assert.doesNotMatch(source, /["'`]\/(graphql|graphiql|export|schema\.graphql|healthz|at)\b/, file);
      // A link without the base would leave the state.
      assert.doesNotMatch(source, /\bhref(=\{?|: )["'`]\//, file);
    }
  });
});
