import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CONCURRENCY, rows, visit } from './browser.mjs';

export function downloads({ open, request, origin }) {
  describe('downloads', { concurrency: CONCURRENCY }, () => {
    async function downloadFile(page, chart, name) {
      await page.locator(`#${chart} summary`).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator(`#${chart} details`).getByText(name, { exact: true }).click(),
      ]);
      await page.keyboard.press('Escape');
      return readFileSync(await download.path());
    }

    for (const [address, chart] of [
      ['/', 'totals'],
      ['/themes', 'matrix'],
      ['/years', 'years-contributions'],
      ['/timeline', 'timeline'],
      ['/co-chairs', 'co-chairs'],
      ['/network', 'network'],
      ['/structure', 'structure'],
      ['/programmes', 'programmes'],
    ])
      test(`of ${chart}: chart, table and records`, async () => {
        const { page, close } = await open(address);
        const svg = (await downloadFile(page, chart, 'Chart as SVG')).toString();
        assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
        assert.ok(svg.includes((await page.textContent(`#${chart} h2`)).trim()));
        assert.doesNotMatch(svg, /var\(--|class="/);
        assert.equal(
          await page.evaluate(
            (svg) =>
              new DOMParser().parseFromString(svg, 'image/svg+xml').querySelector('parsererror')?.textContent,
            svg,
          ),
          undefined,
        );
        const png = await downloadFile(page, chart, 'Chart as PNG');
        assert.equal(png.subarray(1, 4).toString(), 'PNG');
        assert.ok(png.length > 5_000);
        const table = (await downloadFile(page, chart, 'Table as CSV')).toString();
        const records = (await downloadFile(page, chart, 'Underlying records as CSV')).toString();
        assert.match(records, /^(slug|programme|work_programme|name),/);
        await visit(page, `${address}?table=${chart}`);
        const shown = await rows(page, chart);
        assert.equal(table.trimEnd().split('\r\n').length, shown.length + 1);
        await close();
      });

    test('the records of a chart are those that match its filters', async () => {
      const { page, close } = await open('/?partners=JP,KR&from=2015&to=2020');
      const csv = (await downloadFile(page, 'totals', 'Underlying records as CSV')).toString();
      const { contributions } = await request(
        '{ contributions(filter: { partners: ["JP", "KR"], from: "2015", to: "2020", statuses: [HELD] }) { totalCount } }',
      );
      const slugs = csv.split(/\r?\n(?=[a-z0-9-]+,)/).length - 1;
      assert.equal(slugs, contributions.totalCount);
      await close();
    });

    test('the query as a curl command returns the same data', async () => {
      const { page, close } = await open('/themes');
      await page.locator('#matrix summary').click();
      await page.getByText('Copy query as curl').click();
      const line = await page.evaluate(() => navigator.clipboard.readText());
      const [, body] = line.match(/^curl \S+\/graphql -H 'Content-Type: application\/json' -d '(.*)'$/s);
      const response = await fetch(`${origin}/graphql`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: body.replaceAll("'\\''", "'"),
      });
      const { data } = await response.json();
      assert.ok(data.contributionMatrix.total > 0);
      await close();
    });
  });
}
