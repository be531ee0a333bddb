import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONCURRENCY, settled, visit } from './browser.mjs';

/** Each kind of record: its path, its connection in the API, the fields to request, a part of its heading. */
const KINDS = [
  ['party', 'parties', 'code name', ({ name }) => name],
  ['theme', 'themes', 'slug name', ({ name }) => name],
  ['body', 'bodies', 'slug name', ({ name }) => name],
  ['event', 'events', 'slug title', ({ title }) => title],
  ['document', 'documents', 'slug title', ({ title }) => title],
  ['provision', 'provisions', 'slug path', ({ path }) => path],
  ['initiative', 'initiatives', 'slug name', ({ name }) => name],
  ['work-programme', 'workProgrammes', 'slug title', ({ title }) => title],
  ['contribution', 'contributions', 'slug title', ({ title }) => title],
  ['membership', 'memberships', 'slug party { name }', ({ party }) => party.name],
  ['chair-term', 'chairTerms', 'slug cycle', ({ cycle }) => cycle.replace('-', '–')],
  ['claim', 'claims', 'slug measure', ({ measure }) => measure],
  ['source', 'sources', 'slug title', ({ title }) => title],
];
/** How many records of each kind the test opens. */
const SAMPLE_SIZE = 2;

export function records({ open, request }) {
  describe('record pages', { concurrency: CONCURRENCY }, () => {
    for (const [address, list, fields, name] of KINDS)
      test(address, async () => {
        const { page, close } = await open();
        const data = await request(`{ list: ${list}(first: 60) { nodes { ${fields} } } }`);
        const { nodes } = data.list;
        const step = Math.max(1, Math.floor(nodes.length / SAMPLE_SIZE));
        for (const node of nodes.filter((_, index) => index % step === 0).slice(0, SAMPLE_SIZE)) {
          await visit(page, `/${address}/${node.slug ?? node.code}`);
          assert.ok((await page.textContent('h1')).includes(name(node)), `${address}: ${name(node)}`);
          assert.ok((await page.title()).includes(name(node)));
          const data = JSON.parse(await page.textContent('script[type="application/ld+json"]'));
          assert.equal(data['@context'], 'https://schema.org');
          assert.ok(data['@type']);
          assert.match(await page.textContent('[aria-labelledby="history"]'), /revision \d+/);
        }
        await close();
      });

    test('an event shows its facts, its sources and its note on differences', async () => {
      const { page, close } = await open('/event/medex-lucknow-2019');
      const { event } = await request(`{ event(slug: "medex-lucknow-2019") {
        note participantCount hosts { name } citations { locator source { title url } } apa: cite(style: APA) ris: cite(style: RIS)
      } }`);
      const text = await page.textContent('main');
      for (const { locator, source } of event.citations) {
        assert.ok(text.includes(source.title));
        if (locator) assert.ok(text.includes(locator));
        assert.equal(await page.locator(`a[href="${source.url}"]`).count(), 1);
      }
      assert.ok(text.includes(event.note));
      assert.ok(text.includes(String(event.participantCount)));
      assert.equal(await page.textContent('pre'), event.apa);
      await page.getByRole('button', { name: 'RIS' }).click();
      assert.equal((await page.textContent('pre')).replaceAll('\r', ''), event.ris.replaceAll('\r', ''));
      await page
        .locator('[aria-labelledby="cite"]')
        .getByRole('button', { name: 'Copy', exact: true })
        .click();
      assert.equal(
        (await page.evaluate(() => navigator.clipboard.readText())).replaceAll('\r', ''),
        event.ris.replaceAll('\r', ''),
      );
      await close();
    });

    test('every internal link on a page leads to an existing page', async () => {
      const { page, close } = await open('/event/admm-05-jakarta-2011');
      const heading = await page.textContent('h1');
      const links = await page.$$eval(
        'main a[href^="/"]:not([href^="/graphiql"]):not([href^="/export"])',
        (links) => [...new Set(links.map((link) => link.getAttribute('href')))],
      );
      const step = Math.max(1, Math.floor(links.length / 12));
      for (const href of links.filter((_, index) => index % step === 0)) {
        await page.click(`main a[href="${href}"]`);
        await page.waitForFunction(
          ([path, heading]) =>
            location.pathname === path &&
            ![heading, undefined].includes(document.querySelector('h1')?.textContent),
          [new URL(href, page.url()).pathname, heading],
        );
        await settled(page);
        assert.doesNotMatch(await page.textContent('h1'), /not found/, href);
        await page.goBack();
        await page.waitForSelector(`main a[href="${href}"]`);
      }
      await close();
    });
  });
}
