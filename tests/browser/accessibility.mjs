import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { CONCURRENCY, visit } from './browser.mjs';

/** One page of each type. Dark mode repeats only the rules that depend on colours. */
const PAGES = [
  '/',
  '/?split=theme&partners=JP,KR&from=2012',
  '/?table=totals,reported,by-kind,breadth',
  '/?partners=DE&themes=cbr',
  '/themes',
  '/years',
  '/timeline',
  '/co-chairs',
  '/network',
  '/structure',
  '/programmes',
  '/about',
  '/search?q=maritime',
  '/contributions?partners=JP',
  '/events',
  '/party/JP',
  '/theme/maritime-security',
  '/body/admm-plus',
  '/event/medex-lucknow-2019',
  '/graphiql',
  '/nowhere',
  '/at/1/event/medex-lucknow-2019',
  '/at/1/graphiql',
];

export function accessibility({ open, request }) {
  describe('accessibility', { concurrency: CONCURRENCY }, () => {
    for (const [colorScheme, rules] of [
      ['light', undefined],
      ['dark', ['color-contrast', 'link-in-text-block']],
    ])
      test(`axe finds no serious violations, ${colorScheme}`, async (context) => {
        const { page, close } = await open(undefined, { colorScheme });
        const found = [];
        for (const path of PAGES) {
          await visit(page, path);
          const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] });
          const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
          for (const { id, impact, nodes } of violations)
            if (impact === 'serious' || impact === 'critical')
              found.push(`${path}: ${id}: ${nodes[0].html.slice(0, 160)}`);
        }
        context.diagnostic(`${PAGES.length} pages, ${found.length} serious or critical violations`);
        assert.deepEqual(found, []);
        await close();
      });

    for (const [width, height, pages] of [
      [320, 640, PAGES],
      [375, 812, PAGES.slice(0, 11)],
      [3840, 2160, PAGES.slice(0, 11)],
    ])
      test(`no page overflows horizontally at ${width} pixels`, async () => {
        const { page, close } = await open(undefined, { width, height });
        const overflowing = [];
        for (const path of pages) {
          await visit(page, path);
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          if (overflow > 0) overflowing.push(`${path}: ${overflow}`);
        }
        assert.deepEqual(overflowing, []);
        await close();
      });

    test('the selected colour theme is kept', async () => {
      const { page, close } = await open('/', { colorScheme: 'light' });
      await page.getByRole('button', { name: 'Use dark theme' }).click();
      assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
      await page.reload();
      assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
      await close();
    });

    test('reduced motion is respected', async () => {
      const { page, close } = await open('/', { reducedMotion: 'reduce' });
      const moving = await page.evaluate(
        () =>
          [...document.querySelectorAll('*')].filter(
            (element) => getComputedStyle(element).transitionDuration !== '0s',
          ).length,
      );
      assert.equal(moving, 0);
      await close();
    });

    test('a printed page has charts and captions but no controls', async () => {
      const { page, close } = await open('/');
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('header').isVisible(), false);
      assert.equal(await page.locator('#totals button').first().isVisible(), false);
      assert.equal(await page.locator('#totals svg').isVisible(), true);
      assert.ok((await page.pdf({ format: 'A4' })).length > 10_000);
      await close();
    });

    test('the skip link moves to the content', async () => {
      const { page, close } = await open('/');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => location.hash), '#main');
      await close();
    });

    test('the page about the data has the values of the API', async () => {
      const { page, close } = await open('/about');
      const { dataset } = await request(
        '{ dataset { version revision counts { count } coverage { claims { total comparable matched } } } }',
      );
      const text = await page.textContent('main');
      assert.ok(text.includes(`Version ${dataset.version}, revision ${dataset.revision}`));
      for (const { count } of dataset.counts) assert.ok(text.includes(count.toLocaleString('en')));
      for (const count of Object.values(dataset.coverage.claims)) assert.ok(text.includes(String(count)));
      await close();
    });
  });
}
