import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONCURRENCY, settled } from './browser.mjs';

export function search({ open, request }) {
  describe('search', { concurrency: CONCURRENCY }, () => {
    test('shows suggestions while typing and opens the one selected with the arrow keys', async () => {
      const { page, close } = await open('/');
      await page.getByRole('combobox', { name: 'Search all records' }).pressSequentially('maritme exer');
      const { search } = await request(
        '{ search(query: "maritme exer", first: 8) { edges { node { ... on Event { slug } ... on Initiative { slug } } } } }',
      );
      // Suggestions for the first letters may arrive earlier.
      await page.waitForSelector(`[role="option"]:first-child a[href$="/${search.edges[0].node.slug}"]`);
      assert.equal(await page.locator('[role="option"]').count(), search.edges.length);
      await page.keyboard.press('ArrowDown');
      assert.equal(await page.getAttribute('[role="option"]', 'aria-selected'), 'true');
      await page.keyboard.press('Enter');
      await settled(page);
      assert.ok(page.url().endsWith(`/${search.edges[0].node.slug}`));
      await close();
    });

    test('lists results, highlights the words and loads more', async () => {
      const { page, close } = await open('/');
      await page.fill('[role="combobox"]', 'peacekeeping');
      await page.keyboard.press('Enter');
      await settled(page);
      assert.equal(new URL(page.url()).search, '?q=peacekeeping');
      const { search } = await request('{ search(query: "peacekeeping") { totalCount } }');
      const status = page.locator('main .toolbar [role="status"]');
      await status.waitFor();
      assert.match(await status.textContent(), new RegExp(`${search.totalCount} results`));
      assert.match(await page.textContent('main mark'), /peacekeeping/i);
      await page.getByRole('button', { name: 'Show more' }).click();
      await page.waitForFunction(() => document.querySelectorAll('main ol > li').length === 40);
      await page.getByLabel('In', { exact: true }).selectOption('EVENT');
      await settled(page);
      assert.match(new URL(page.url()).search, /kind=EVENT/);
      await close();
    });

    test('reports that there are no results', async () => {
      const { page, close } = await open('/search?q=xqzvwk');
      assert.match(await page.textContent('main'), /No results/);
      await close();
    });
  });
}
