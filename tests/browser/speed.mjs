import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settled, visit } from './browser.mjs';

/** Limits of the first page: compressed bytes of scripts and styles, first contentful paint in ms. */
const MAX_BYTES = 300_000;
const FIRST_PAINT = 1_000;

export function speed({ open }) {
  describe('the first page', () => {
    test('is small and shows its first content within a second', async (context) => {
      const { page, close } = await open('/');
      const measured = await page.evaluate(async () => {
        const bytes = {};
        for (const { name, encodedBodySize, initiatorType } of performance.getEntriesByType('resource')) {
          const kind = /\.js$/.test(name)
            ? 'script'
            : /\.css$/.test(name)
              ? 'style'
              : /\/graphql/.test(name)
                ? 'responses'
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
      assert.ok(measured.bytes.script + measured.bytes.style < MAX_BYTES);
      assert.ok(measured.paint < FIRST_PAINT);
      await close();
    });

    test('shows its first chart within three seconds', async (context) => {
      const { page, close } = await open();
      const start = Date.now();
      await page.goto('/');
      await page.waitForSelector('#totals svg a');
      const chartTime = Date.now() - start;
      await settled(page);
      await visit(page, '/');
      // A cached resource has no transferred bytes; a revalidated one (304) only those of its headers.
      const { requests, cached, revalidated } = await page.evaluate(() => {
        const all = performance.getEntriesByType('resource');
        return {
          requests: all.length,
          cached: all.filter(({ transferSize }) => transferSize === 0).length,
          revalidated: all.filter(
            ({ transferSize, encodedBodySize }) => transferSize > 0 && transferSize < encodedBodySize,
          ).length,
        };
      });
      context.diagnostic(
        `first chart after ${chartTime} ms; second visit: ${requests} requests, ${cached} from the cache, ${revalidated} revalidated`,
      );
      assert.ok(chartTime < 3_000);
      await close();
    });
  });
}
