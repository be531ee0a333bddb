import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settled, visit } from './browser.mjs';

/** What the first page may weigh, script and style, compressed; and when something must be seen, in milliseconds. */
const BYTES = 300_000;
const FIRST_PAINT = 1_000;

export function speed({ open }) {
  describe('the first page', () => {
    test('is light, and there at once', async (context) => {
      const { page, close } = await open('/');
      const measured = await page.evaluate(async () => {
        const bytes = {};
        for (const { name, encodedBodySize, initiatorType } of performance.getEntriesByType('resource')) {
          const kind = /\.js$/.test(name)
            ? 'script'
            : /\.css$/.test(name)
              ? 'style'
              : /\/graphql/.test(name)
                ? 'answers'
                : initiatorType;
          bytes[kind] = (bytes[kind] ?? 0) + encodedBodySize;
        }
        const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
        return {
          bytes,
          paint,
          requests: performance.getEntriesByType('resource').length,
        };
      });
      context.diagnostic(
        `bytes ${JSON.stringify(measured.bytes)}, first paint ${Math.round(measured.paint)} ms, ${measured.requests} requests`,
      );
      assert.ok(measured.bytes.script + measured.bytes.style < BYTES);
      assert.ok(measured.paint < FIRST_PAINT);
      await close();
    });

    test('shows its first picture soon, and comes from the cache the second time', async (context) => {
      const { page, close } = await open();
      const start = Date.now();
      await page.goto('/');
      await page.waitForSelector('#totals svg a');
      const picture = Date.now() - start;
      await settled(page);
      await visit(page, '/');
      // What came from the cache had no bytes to travel; what was asked for and had not changed, only those of its head.
      const { requests, cached, unchanged } = await page.evaluate(() => {
        const all = performance.getEntriesByType('resource');
        return {
          requests: all.length,
          cached: all.filter(({ transferSize }) => transferSize === 0).length,
          unchanged: all.filter(
            ({ transferSize, encodedBodySize }) => transferSize > 0 && transferSize < encodedBodySize,
          ).length,
        };
      });
      context.diagnostic(
        `first picture after ${picture} ms; second visit: ${requests} requests, ${cached} from the cache, ${unchanged} unchanged`,
      );
      assert.ok(picture < 3_000);
      await close();
    });
  });
}
