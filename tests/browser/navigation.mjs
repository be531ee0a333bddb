import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONCURRENCY, settled, visit } from './browser.mjs';

export function navigation({ open, request }) {
  describe('filters and URLs', { concurrency: CONCURRENCY }, () => {
    test('a selected filter is added to the URL, and the back button removes it', async () => {
      const { page, close } = await open('/');
      await page.getByRole('button', { name: 'Partners All partners' }).click();
      await page.getByRole('checkbox', { name: /^Japan/ }).check();
      await page.getByRole('checkbox', { name: /^Australia/ }).check();
      await page.keyboard.press('Escape');
      await page.getByLabel('From').selectOption('2015');
      await settled(page);
      assert.equal(new URL(page.url()).search, '?partners=JP,AU&from=2015');
      assert.equal(await page.locator('#totals svg a').count(), 2);
      await page.goBack();
      await settled(page);
      assert.equal(new URL(page.url()).search, '?partners=JP,AU');
      await page.goBack();
      await page.goBack();
      await settled(page);
      assert.ok((await page.locator('#totals svg a').count()) > 2);
      await page.goForward();
      await settled(page);
      assert.equal(await page.locator('#totals svg a').count(), 1);
      await close();
    });

    test('the filters apply to every chart', async () => {
      const { page, close } = await open('/?partners=JP&themes=maritime-security');
      await page.getByRole('link', { name: 'Years' }).click();
      await settled(page);
      assert.equal(new URL(page.url()).pathname, '/years');
      const { all } = await request(
        '{ all: contributions(filter: { partners: ["JP"], themesWithin: ["maritime-security"], statuses: [HELD] }) { totalCount } }',
      );
      assert.match(
        await page.textContent('#years-contributions figcaption'),
        new RegExp(`\\b${all.totalCount} contributions on record`),
      );
      await page.getByRole('link', { name: 'Remove Japan' }).click();
      await settled(page);
      assert.equal(new URL(page.url()).search, '?themes=maritime-security');
      await close();
    });

    test('a chart without results suggests clearing filters', async () => {
      const { page, close } = await open('/?partners=DE&themes=cbr');
      assert.match(await page.textContent('#totals'), /No records match these filters/);
      await page.locator('#totals').getByRole('link', { name: 'clear all filters' }).click();
      await settled(page);
      assert.equal(new URL(page.url()).search, '');
      await close();
    });

    test('an unknown path or record is reported', async () => {
      const { page, close } = await open('/nowhere');
      assert.equal(await page.textContent('h1'), 'Page not found');
      await visit(page, '/event/no-such-event');
      assert.equal(await page.textContent('h1'), 'Record not found');
      await close();
    });
  });

  describe('a mark links to its records', { concurrency: CONCURRENCY }, () => {
    /** Follows about `limit` marks of a chart, and compares the number in each label with the linked list. */
    async function follow(address, chart, selector, limit) {
      const { page, close } = await open(address);
      const links = await page.$$eval(`#${chart} ${selector}`, (links) =>
        links.map((link) => ({
          href: link.getAttribute('href'),
          name: link.getAttribute('aria-label'),
        })),
      );
      assert.ok(links.length > 0);
      const step = Math.max(1, Math.floor(links.length / limit));
      for (const { href, name } of links.filter((_, index) => index % step === 0)) {
        const number = Number(name.match(/: (\d+)/)[1]);
        await visit(page, href);
        assert.equal(
          (await page.textContent('.toolbar strong')).match(/^[\d,]+/)[0],
          String(number),
          `${name} → ${href}`,
        );
      }
      await close();
    }

    test('of the comparison', () => follow('/?from=2012&to=2022', 'totals', 'svg a', 3));
    test('of the kinds', () => follow('/?to=2020', 'by-kind', 'svg g a[href^="/contributions"]', 3));
    test('of the themes', () => follow('/themes', 'matrix', 'svg g a[href^="/contributions"]', 4));
    test('of the beneficiaries and years', () =>
      follow('/themes?rows=BENEFICIARY&columns=YEAR', 'matrix', 'svg g a[href^="/contributions"]', 4));
    test('of the years of contributions', () =>
      follow('/years', 'years-contributions', 'svg a[data-tooltip]', 5));
    test('of the years of events', () =>
      follow('/years?count=events&by=BODY', 'years-events', 'svg a[data-tooltip]', 5));
    test('of the network of co-chairs', () => follow('/network', 'network', 'svg .link', 3));
    test('of the network of hosts', () => follow('/network?together=HOSTS_WITH', 'network', 'svg .link', 3));
    test('of the work programmes', () => follow('/programmes', 'programmes', 'svg a[href^="/events"]', 3));

    test('by keyboard, and on to a record and its source', async () => {
      const { page, close } = await open('/');
      await page.focus('#totals svg a');
      await page.keyboard.press('Enter');
      await settled(page);
      assert.equal(new URL(page.url()).pathname, '/contributions');
      await page.click('tbody tr:first-child a');
      await page.waitForSelector('#sources');
      assert.match(new URL(page.url()).pathname, /^\/contribution\//);
      await page.click('#sources ~ ol a[href^="/source/"]');
      await page.waitForFunction(() => location.pathname.startsWith('/source/'));
      await settled(page);
      await close();
    });

    test('a long list loads more on request', async () => {
      const { page, close } = await open('/events');
      const { events } = await request('{ events { totalCount } }');
      assert.match(await page.textContent('.toolbar strong'), new RegExp(`^${events.totalCount} events`));
      const before = await page.locator('tbody tr').count();
      await page.getByRole('button', { name: /Show more/ }).click();
      await page.waitForFunction((before) => document.querySelectorAll('tbody tr').length > before, before);
      await close();
    });
  });
}
