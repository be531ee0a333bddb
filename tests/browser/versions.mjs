// Earlier versions of the data, permanent links to them, and the differences between them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CONCURRENCY, settled, visit } from './browser.mjs';
import { startProgram, startsOwnService } from './service.mjs';

const EVENT = '/event/medex-lucknow-2019';
/** The edits of the second version, in the file of the event. */
const EDITS = [
  ['participant_count = 250', 'participant_count = 1280'],
  ['with about 250 delegates', 'with about 1,280 delegates'],
  ['co_chairs = ["MM", "IN"]', 'co_chairs = ["MM", "IN", "TH"]'],
  ['themes = ["military-medicine", "hadr", "cbr"]', 'themes = ["military-medicine", "hadr"]'],
  [
    'source = "borneobulletin-2019-ewg-mm-11", locator = "para 5"',
    'source = "borneobulletin-2019-ewg-mm-11", locator = "para 6"',
  ],
];

function edit(text) {
  const start = text.indexOf('slug = "medex-lucknow-2019"');
  const end = text.indexOf('[[event]]', start);
  let event = text.slice(start, end);
  for (const [before, after] of EDITS) {
    assert.ok(event.includes(before), before);
    event = event.replace(before, after);
  }
  return text.slice(0, start) + event + text.slice(end);
}

const LINE = 'aside[aria-label="Version of the data"]';

/** The words of an element, with single spaces. */
const wordsOf = async (locator) => (await locator.innerText()).replace(/\s+/g, ' ').trim();

/** The addresses that links of the page lead to, within the service, without the line about the version. */
const linksOf = (page) =>
  page.$$eval(
    'a[href^="/"]',
    (links, line) => [
      ...new Set(links.filter((link) => !link.closest(line)).map((link) => link.getAttribute('href'))),
    ],
    LINE,
  );

const copied = (page) => page.evaluate(() => navigator.clipboard.readText());

export function versions({ open, request }) {
  describe('versions of the data', { skip: !startsOwnService }, () => {
    let program;
    /** The dataset before and after the import. */
    let first;
    let second;

    const dataset = async () => {
      const { dataset } = await request(
        '{ dataset { version revision contentHash permalink } }',
        {},
        program.origin,
      );
      return dataset;
    };
    const openHere = (path, options) => open(path, { ...options, origin: program.origin });

    before(async () => {
      program = await startProgram();
      first = await dataset();
      await program.import('events/2019.toml', edit);
      // The service notices an import within a second.
      for (let attempt = 0; attempt < 100 && (second ?? first).revision === first.revision; attempt += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        second = await dataset();
      }
      assert.notEqual(second.version, first.version);
      // The first request of a version takes long: the service rebuilds it from the history.
      for (const { version } of [first, second])
        await request('{ dataset { version } }', {}, `${program.origin}/at/${version}`);
    });
    after(() => program?.remove());

    describe('an earlier version', { concurrency: CONCURRENCY }, () => {
      for (const name of ['version', 'revision', 'contentHash'])
        test(`named by its ${name} is shown with a line that says so, and with its data`, async () => {
          const { page, close } = await openHere();
          const requested = new Set();
          page.on('request', (request) => {
            const { pathname } = new URL(request.url());
            if (/graphql|export/.test(pathname)) requested.add(pathname);
          });
          await visit(page, `/at/${first[name]}${EVENT}`);
          assert.match(
            await wordsOf(page.locator(LINE)),
            new RegExp(
              `^Version ${first.version} of \\d+ \\w+ \\d{4}\\. Newer data may exist: go to the newest version$`,
            ),
          );
          assert.match(await page.textContent('main'), /about 250 delegates/);
          assert.deepEqual([...requested], [`/at/${first[name]}/graphql`]);
          const data = JSON.parse(await page.textContent('script[type="application/ld+json"]'));
          assert.equal(data['@id'], program.origin + EVENT);
          assert.equal(data.url, `${program.origin}/at/${first[name]}${EVENT}`);
          await close();
        });

      test('has only links to the same version', async () => {
        const { page, close } = await openHere();
        const prefix = `/at/${first.version}/`;
        for (const path of [
          '',
          'themes',
          'years',
          'timeline',
          'structure',
          'network',
          'programmes',
          'co-chairs',
        ])
          for (const table of ['', '?table=totals,matrix,timeline,structure,programmes,co-chairs']) {
            await visit(page, prefix + path + table);
            const links = await linksOf(page);
            assert.ok(links.length > 10);
            assert.deepEqual(
              links.filter((link) => !link.startsWith(prefix)),
              [],
              path,
            );
          }
        for (const path of [
          'about',
          'events',
          'search?q=maritime',
          EVENT.slice(1),
          'party/JP',
          'body/admm-plus',
        ]) {
          await visit(page, prefix + path);
          assert.deepEqual(
            (await linksOf(page)).filter((link) => !link.startsWith(prefix)),
            [],
            path,
          );
        }
        await close();
      });

      test('is kept by every way through the page', async () => {
        const { page, close } = await openHere(`/at/${first.version}/`);
        const path = () => new URL(page.url()).pathname.replace(`/at/${first.version}`, '…');
        await page.locator('#totals svg a').first().click();
        await settled(page);
        assert.equal(path(), '…/contributions');
        await page.getByRole('link', { name: 'Clear filters' }).click();
        await settled(page);
        assert.equal(path(), '…/contributions');
        await page.getByRole('link', { name: 'Themes', exact: true }).click();
        await settled(page);
        await page.getByRole('button', { name: 'Partners All partners' }).click();
        await page.getByRole('checkbox', { name: /^Japan/ }).check();
        await page.keyboard.press('Escape');
        await settled(page);
        assert.equal(path() + new URL(page.url()).search, '…/themes?partners=JP');
        await page.getByRole('combobox', { name: 'Search all records' }).fill('medex lucknow');
        await page.keyboard.press('Enter');
        await settled(page);
        assert.equal(path(), '…/search');
        await page.locator(`main a[href$="${EVENT}"]`).click();
        await page
          .getByText(/about 250 delegates/)
          .first()
          .waitFor();
        assert.equal(path(), `…${EVENT}`);
        await page.goBack();
        await settled(page);
        assert.equal(path(), '…/search');
        await page.getByRole('link', { name: 'ASEAN defence cooperation' }).click();
        await settled(page);
        assert.equal(path(), '…/');
        await close();
      });

      test('leads to the same page of the newest version', async () => {
        const { page, close } = await openHere(`/at/${first.version}/events?cities=Lucknow&order=TITLE-ASC`);
        await page.locator(LINE).getByRole('link', { name: 'go to the newest version' }).click();
        await page.waitForURL((url) => !url.pathname.startsWith('/at/'));
        await settled(page);
        const { pathname, search } = new URL(page.url());
        assert.equal(pathname + search, '/events?cities=Lucknow&order=TITLE-ASC');
        assert.equal(await page.locator(LINE).count(), 0);
        await page.locator(`main a[href="${EVENT}"]`).click();
        await page
          .getByText(/about 1,280 delegates/)
          .first()
          .waitFor();
        await page.goBack();
        await page.goBack();
        await page.locator(LINE).waitFor();
        await close();
      });

      test('is not followed: no WebSocket is opened', async () => {
        const { page, close } = await openHere();
        const sockets = [];
        page.on('websocket', (socket) => sockets.push(socket.url()));
        await visit(page, `/at/${first.version}/`);
        // The newest version connects after a second and a half.
        await page.waitForTimeout(4_000);
        assert.deepEqual(sockets, []);
        assert.equal(await page.locator('.notice').count(), 0);
        await close();
      });

      test('is that of files, of curl commands and of GraphiQL', async () => {
        const { page, close } = await openHere(`/at/${first.version}/events?cities=Lucknow`);
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: 'CSV', exact: true }).click(),
        ]);
        assert.equal(new URL(download.url()).pathname, `/at/${first.version}/export/events.csv`);
        await visit(page, `/at/${first.version}/themes`);
        await page.locator('#matrix summary').click();
        await page.getByText('Copy query as curl').click();
        assert.ok((await copied(page)).startsWith(`curl ${program.origin}/at/${first.version}/graphql -H`));

        const query = '{ dataset { revision } }';
        await visit(page, `/at/${first.version}/graphiql#${new URLSearchParams({ query })}`);
        assert.match(await wordsOf(page.locator(LINE)), new RegExp(`^Version ${first.version} of`));
        await page.click('.graphiql-execute-button');
        await page.waitForFunction(
          (revision) =>
            new RegExp(`"revision": ${revision}\\b`).test(
              document.querySelector('.result-window')?.textContent ?? '',
            ),
          first.revision,
        );
        const newest = await page.locator(LINE).getByRole('link').getAttribute('href');
        assert.equal(newest, `/graphiql#${new URLSearchParams({ query })}`);
        await close();
      });

      test('that does not exist is an error', async () => {
        const { page, context } = await openHere();
        const response = await page.goto('/at/no-such-version/events');
        assert.equal(response.status(), 404);
        await context.close();
      });
    });

    describe('permanent links', { concurrency: CONCURRENCY }, () => {
      /** Opens a link in another tab, which must show the line, and returns its page. */
      async function follow(context, link, path) {
        assert.equal(link, program.origin + second.permalink + path);
        const page = await context.newPage();
        await visit(page, link);
        await page.locator(LINE).waitFor();
        return page;
      }

      test('of a record', async () => {
        const { page, context, close } = await openHere(EVENT);
        const section = page.locator('[aria-labelledby="cite"]');
        await section.getByRole('button', { name: 'Copy link' }).click();
        const link = await copied(page);
        assert.equal(await section.getByRole('link').getAttribute('href'), link);
        const linked = await follow(context, link, EVENT);
        assert.match(await linked.textContent('main'), /about 1,280 delegates/);
        await close();
      });

      test('of reference data and of a source', async () => {
        const { page, close } = await openHere();
        for (const path of ['/party/JP', '/source/borneobulletin-2019-ewg-mm-11']) {
          await visit(page, path);
          const link = page.locator('[aria-labelledby="cite"]').getByRole('link');
          assert.equal(await link.getAttribute('href'), program.origin + second.permalink + path);
        }
        await close();
      });

      test('of a chart, with its filters', async () => {
        const { page, context, close } = await openHere('/?partners=JP,AU&from=2015');
        await page.locator('#totals summary').click();
        await page.locator('#totals').getByRole('button', { name: 'Copy permanent link' }).click();
        const linked = await follow(context, await copied(page), '/?partners=JP,AU&from=2015');
        assert.equal(await linked.locator('#totals svg a').count(), 2);
        await close();
      });

      test('of a list, also in an earlier version', async () => {
        const { page, close } = await openHere();
        for (const [prefix, { permalink }] of [
          ['', second],
          [`/at/${first.revision}`, first],
        ]) {
          await visit(page, `${prefix}/events?cities=Lucknow`);
          await page.getByRole('button', { name: 'Copy permanent link' }).click();
          assert.equal(await copied(page), `${program.origin + permalink}/events?cities=Lucknow`);
        }
        await close();
      });

      test('of files, with the hash of their content', async () => {
        const { page, close } = await openHere('/about');
        const section = page.locator('[aria-labelledby="downloads"]');
        await section.getByRole('button', { name: 'Copy address' }).click();
        const address = await copied(page);
        assert.equal(address, `${program.origin}${second.permalink}/export/`);
        assert.equal(await section.getByRole('link', { name: address }).count(), 1);
        await section.getByRole('button', { name: 'Copy hash' }).click();
        assert.equal(await copied(page), second.contentHash);
        assert.ok((await section.textContent()).includes(`${second.contentHash.slice(0, 12)}…`));
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          section.getByRole('link', { name: 'records.ndjson' }).click(),
        ]);
        const hash = createHash('sha256');
        for await (const chunk of await download.createReadStream()) hash.update(chunk);
        assert.equal(hash.digest('hex'), second.contentHash);
        await close();
      });
    });

    describe('the history of a record', { concurrency: CONCURRENCY }, () => {
      test('shows the differences field by field', async () => {
        const { page, close } = await openHere(EVENT);
        const changes = page.locator('[aria-labelledby="history"] > ol > li');
        assert.equal(await changes.count(), 2);
        const change = changes.first();
        assert.match(await wordsOf(change), new RegExp(`^Changed in revision ${second.revision}, `));
        const fields = await change.locator('> dl').evaluate((list) =>
          [...list.querySelectorAll(':scope > dt')].map((term) => {
            const values = [];
            for (let next = term.nextElementSibling; next?.tagName === 'DD'; next = next.nextElementSibling)
              values.push(next.textContent.replace(/\s+/g, ' ').trim());
            return [term.textContent, ...values];
          }),
        );
        assert.deepEqual(fields, [
          ['Co-chairs', 'Added TH'],
          ['Number of participants', 'before: 250 → after: 1,280'],
          ['Themes', 'Removed cbr'],
          [
            'Summary',
            'Exercise of the third cycle on mass casualties, medical evacuation by air, chemical spills and health care ' +
              'in evacuation camps, with about removed: 250; added: 1,280; delegates and observers from the ASEAN Center ' +
              'of Military Medicine.',
          ],
          ['Citations', 'Changed borneobulletin-2019-ewg-mm-11 Locator before: para 5 → after: para 6'],
        ]);
        await close();
      });

      test('shows a new record as one line that can be expanded', async () => {
        const { page, close } = await openHere(EVENT);
        const created = page.locator('[aria-labelledby="history"] > ol > li').last();
        const line = created.getByText(/^Created with \d+ fields$/);
        assert.equal(await created.locator('dl').count(), 0);
        await line.focus();
        await page.keyboard.press('Enter');
        const terms = created.locator('dt');
        await terms.first().waitFor();
        assert.equal(await terms.count(), Number((await line.textContent()).match(/\d+/)[0]));
        assert.match(await created.locator('dl').textContent(), /Number of participants\s*250/);
        await created.getByText('Data as JSON').click();
        const { event } = await request(
          '{ event(slug: "medex-lucknow-2019") { changes { nodes { after } } } }',
          {},
          program.origin,
        );
        assert.deepEqual(
          JSON.parse(await created.locator('pre').textContent()),
          event.changes.nodes.at(-1).after,
        );
        await close();
      });

      test('of an earlier version ends with that version', async () => {
        const { page, close } = await openHere(`/at/${first.version}${EVENT}`);
        assert.equal(await page.locator('[aria-labelledby="history"] > ol > li').count(), 1);
        await close();
      });

      test('fits on a phone', async () => {
        const { page, close } = await openHere(EVENT, { width: 320, height: 640 });
        for (const summary of await page.locator('[aria-labelledby="history"] summary').all())
          await summary.click();
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.equal(overflow, 0);
        await close();
      });
    });

    describe('an earlier version while the service is down', () => {
      test('says so, and loads by itself what failed to load', async () => {
        const { page, context } = await openHere(`/at/${first.version}/?partners=JP,AU`);
        await program.stop();
        await page.getByRole('link', { name: 'Remove Australia' }).click();
        await page.waitForSelector('#totals [role="alert"]');
        await page.waitForSelector('.notice:has-text("can’t be reached")');
        assert.doesNotMatch(await page.textContent('.notice'), /out of date/);
        await program.start();
        await page.waitForSelector('#totals svg a', { timeout: 60_000 });
        assert.equal(await page.locator('.notice').count(), 0);
        await context.close();
      });
    });
  });
}
