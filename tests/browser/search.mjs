import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TOGETHER, settled } from './browser.mjs';

export function search({ open, ask }) {
  describe('search', { concurrency: TOGETHER }, () => {
    test('suggests while one types, and goes where the arrow keys lead', async () => {
      const { page, close } = await open('/');
      await page.getByRole('combobox', { name: 'Search everything' }).pressSequentially('maritme exer');
      const { search } = await ask(
        '{ search(query: "maritme exer", first: 8) { edges { node { ... on Event { slug } ... on Initiative { slug } } } } }',
      );
      // Suggestions for the first letters may come before those for all of them.
      await page.waitForSelector(`[role="option"]:first-child a[href$="/${search.edges[0].node.slug}"]`);
      assert.equal(await page.locator('[role="option"]').count(), search.edges.length);
      await page.keyboard.press('ArrowDown');
      assert.equal(await page.getAttribute('[role="option"]', 'aria-selected'), 'true');
      await page.keyboard.press('Enter');
      await settled(page);
      assert.ok(page.url().endsWith(`/${search.edges[0].node.slug}`));
      await close();
    });

    test('lists what it found, brings out the words, and goes on', async () => {
      const { page, close } = await open('/');
      await page.fill('[role="combobox"]', 'peacekeeping');
      await page.keyboard.press('Enter');
      await settled(page);
      assert.equal(new URL(page.url()).search, '?q=peacekeeping');
      const { search } = await ask('{ search(query: "peacekeeping") { totalCount } }');
      const said = page.locator('main .bar [role="status"]');
      await said.waitFor();
      assert.match(await said.textContent(), new RegExp(`${search.totalCount} records`));
      assert.match(await page.textContent('main mark'), /peacekeeping/i);
      await page.getByRole('button', { name: 'Show more' }).click();
      await page.waitForFunction(() => document.querySelectorAll('main ol > li').length === 40);
      await page.getByLabel('In', { exact: true }).selectOption('EVENT');
      await settled(page);
      assert.match(new URL(page.url()).search, /kind=EVENT/);
      await close();
    });

    test('says so when nothing is called so', async () => {
      const { page, close } = await open('/search?q=xqzvwk');
      assert.match(await page.textContent('main'), /Nothing is called so/);
      await close();
    });
  });
}
