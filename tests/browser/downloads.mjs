import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { TOGETHER, rows, visit } from './browser.mjs';

export function downloads({ open, ask, origin }) {
  describe('what can be taken away', { concurrency: TOGETHER }, () => {
    async function take(page, picture, name) {
      await page.locator(`#${picture} summary`).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator(`#${picture} details`).getByText(name, { exact: true }).click(),
      ]);
      await page.keyboard.press('Escape');
      return readFileSync(await download.path());
    }

    for (const [address, picture] of [
      ['/', 'totals'],
      ['/themes', 'matrix'],
      ['/years', 'years-contributions'],
      ['/timeline', 'timeline'],
      ['/co-chairs', 'co-chairs'],
      ['/network', 'network'],
      ['/structure', 'structure'],
      ['/programmes', 'programmes'],
    ])
      test(`of ${picture}: picture, table and records`, async () => {
        const { page, close } = await open(address);
        const svg = (await take(page, picture, 'Picture as SVG')).toString();
        assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
        assert.ok(svg.includes((await page.textContent(`#${picture} h2`)).trim()));
        assert.doesNotMatch(svg, /var\(--|class="/);
        assert.equal(
          await page.evaluate(
            (svg) =>
              new DOMParser().parseFromString(svg, 'image/svg+xml').querySelector('parsererror')?.textContent,
            svg,
          ),
          undefined,
        );
        const png = await take(page, picture, 'Picture as PNG');
        assert.equal(png.subarray(1, 4).toString(), 'PNG');
        assert.ok(png.length > 5_000);
        const table = (await take(page, picture, 'Its table as CSV')).toString();
        const records = (await take(page, picture, 'The records behind it as CSV')).toString();
        assert.match(records, /^(slug|programme|work_programme|name),/);
        await visit(page, `${address}?table=${picture}`);
        const shown = await rows(page, picture);
        assert.equal(table.trimEnd().split('\r\n').length, shown.length + 1);
        await close();
      });

    test('the records of a picture are those that its filter keeps', async () => {
      const { page, close } = await open('/?partners=JP,KR&from=2015&to=2020');
      const csv = (await take(page, 'totals', 'The records behind it as CSV')).toString();
      const { contributions } = await ask(
        '{ contributions(filter: { partners: ["JP", "KR"], from: "2015", to: "2020" }) { totalCount } }',
      );
      const slugs = csv.split(/\r?\n(?=[a-z0-9-]+,)/).length - 1;
      assert.equal(slugs, contributions.totalCount);
      await close();
    });

    test('the query as a line for a shell, which answers the same', async () => {
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
