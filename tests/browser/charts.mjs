import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONCURRENCY, rows, visit } from './browser.mjs';

/** The accessible names of a chart's marks. */
const marks = (page, chart) =>
  page.$$eval(`#${chart} svg a[href]`, (links) => links.map((link) => link.getAttribute('aria-label')));

const number = (value) => value.toLocaleString('en', { maximumFractionDigits: 3 });

export function charts({ open, request }) {
  describe('each chart shows the data of the API', { concurrency: CONCURRENCY }, () => {
    test('the comparison, with filters', async () => {
      const { page, close } = await open('/?partners=KR,AU,JP,NZ&bodies=admm-plus&from=2010&to=2023');
      const { compareContributions } = await request(`{
        compareContributions(partners: ["KR", "AU", "JP", "NZ"], filter: { bodiesWithin: ["admm-plus"], from: "2010", to: "2023" }) {
          total
          partners {
            partner { name } total rank
            byKind { label count }
            breadth { themes shannonEntropy herfindahlIndex }
            claims { measure value recorded difference }
          }
        }
      }`);
      const partners = compareContributions.partners.sort((a, b) => b.total - a.total);
      const names = await marks(page, 'totals');
      for (const [index, { partner, total }] of partners.entries())
        assert.match(names[index], new RegExp(`^${partner.name}: ${total} contribution`));
      assert.match(
        await page.textContent('#totals figcaption'),
        new RegExp(`${compareContributions.total} contributions`),
      );

      const reported = await marks(page, 'reported');
      const claims = partners.flatMap(({ partner, claims }) =>
        claims.map((claim) => ({ ...claim, name: partner.name })),
      );
      assert.equal(reported.length, claims.length);
      for (const [index, { name, recorded, value }] of claims.entries()) {
        assert.ok(reported[index].startsWith(name));
        assert.ok(reported[index].endsWith(`: ${recorded} recorded, ${value} reported`));
      }
      const kinds = await marks(page, 'by-kind');
      for (const { partner, byKind } of partners)
        for (const { label, count } of byKind)
          assert.ok(
            kinds.includes(`${partner.name}, ${label}: ${count} contributions`),
            `${partner.name}, ${label}`,
          );

      await visit(
        page,
        '/?partners=KR,AU,JP,NZ&bodies=admm-plus&from=2010&to=2023&table=totals,breadth,reported',
      );
      const totals = await rows(page, 'totals');
      assert.deepEqual(
        totals.map(([name, total, , rank]) => [name, total, rank]),
        partners.map(({ partner, total, rank }) => [partner.name, String(total), String(rank)]),
      );
      const breadth = Object.fromEntries(
        (await rows(page, 'breadth')).map(([name, ...figures]) => [name, figures]),
      );
      for (const { partner, breadth: expected } of partners)
        assert.deepEqual(
          breadth[partner.name],
          [expected.themes, expected.shannonEntropy, expected.herfindahlIndex].map(number),
        );
      await close();
    });

    test('every cell of partners by themes', async () => {
      const { page, close } = await open('/themes?table=matrix');
      const { contributionMatrix } = await request(`{
        contributionMatrix(rows: PARTNER, columns: TOP_THEME) { total rows { label count } columns { label } cells }
      }`);
      const shown = await rows(page, 'matrix');
      assert.deepEqual(
        shown,
        contributionMatrix.rows.map(({ label, count }, index) => [
          label,
          ...contributionMatrix.cells[index].map(String),
          String(count),
        ]),
      );
      await visit(page, '/themes');
      const cells = await marks(page, 'matrix');
      contributionMatrix.rows.forEach((row, r) =>
        contributionMatrix.columns.forEach((column, c) => {
          const count = contributionMatrix.cells[r][c];
          if (count > 0) assert.ok(cells.includes(`${row.label}, ${column.label}: ${count} contributions`));
        }),
      );
      await close();
    });

    for (const [counted, field, dimension] of [
      ['contributions', 'contributionSeries', 'PARTNER'],
      ['contributions', 'contributionSeries', 'TOP_THEME'],
      ['contributions', 'contributionSeries', 'KIND'],
      ['events', 'eventSeries', 'KIND'],
      ['events', 'eventSeries', 'HOST'],
    ])
      test(`${counted} over the years, by ${dimension}`, async () => {
        const chart = `years-${counted}`;
        const { page, close } = await open(
          `/years?count=${counted}&by=${dimension}&from=2012&table=${chart}`,
        );
        const { split, all } = await request(`{
          all: ${field}(filter: { from: "2012" }) { total undated points { count } }
          split: ${field}(splitBy: ${dimension}, filter: { from: "2012" }) { label total undated points { period count } }
        }`);
        const expected = split.map(({ label, points, undated, total }) =>
          [label, ...points.map(({ count }) => count), undated, total].map(String),
        );
        expected.push(
          [
            'Total (each counted once)',
            ...all[0].points.map(({ count }) => count),
            all[0].undated,
            all[0].total,
          ].map(String),
        );
        assert.deepEqual(await rows(page, chart), expected);
        await close();
      });

    test('the timeline, with every event of the ADMM-Plus', async () => {
      const { page, close } = await open('/timeline');
      const { all } = await request(
        '{ all: events(filter: { bodiesWithin: ["admm-plus"] }) { totalCount } }',
      );
      assert.equal(await page.locator('#timeline svg a[href^="/event/"]').count(), all.totalCount);
      const { exercises } = await request(`{ exercises: events(filter: {
        bodiesWithin: ["admm-plus"], kinds: [TABLETOP_EXERCISE, STAFF_EXERCISE, FIELD_TRAINING_EXERCISE, MARITIME_EXERCISE]
      }) { totalCount } }`);
      assert.equal(await page.locator('#timeline svg .diamond').count(), exercises.totalCount);
      await close();
    });

    test('the timeline, zoomed in', async () => {
      const { page, close } = await open('/timeline?bodies=admm');
      const before = await page.locator('#timeline svg a[href^="/event/"]').count();
      await page.click('button[aria-label="Zoom in"]');
      assert.match(page.url(), /zoom=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d/);
      assert.ok((await page.locator('#timeline svg a[href^="/event/"]').count()) < before);
      await page.focus('#timeline svg');
      await page.keyboard.press('0');
      assert.ok(!page.url().includes('zoom='));
      await close();
    });

    test('co-chairs, with every term and every gap', async () => {
      const { page, close } = await open('/co-chairs');
      const { chairTerms } = await request(
        '{ chairTerms(first: 100) { totalCount nodes { slug seats { party { name } } } } }',
      );
      assert.equal(
        await page.locator('#co-chairs svg a[href^="/chair-term/"]').count(),
        chairTerms.totalCount,
      );
      for (const { slug, seats } of chairTerms.nodes) {
        const name = await page.getAttribute(`#co-chairs a[href="/chair-term/${slug}"]`, 'aria-label');
        assert.ok(name.endsWith(seats.map(({ party }) => party.name).join(' and ')));
      }
      const missing = await page.locator('#co-chairs svg .missing').count();
      assert.match(await page.textContent('#co-chairs figcaption'), new RegExp(`Hatched: ${missing} cell`));
      await close();
    });

    for (const relation of ['CO_CHAIRS_WITH', 'HOSTS_WITH', 'TAKES_PART_WITH'])
      test(`the network: ${relation}`, async () => {
        const { page, close } = await open(`/network?together=${relation}&table=network`);
        const { network } = await request(
          `{ network(relation: ${relation}) { nodes { party { code name } } links { source target weight } } }`,
        );
        const names = new Map(network.nodes.map(({ party }) => [party.code, party.name]));
        const links = ({ source, target, weight }) =>
          [names.get(source), names.get(target), String(weight)].join();
        assert.deepEqual(
          (await rows(page, 'network')).map((row) => row.join()).sort(),
          network.links.map(links).sort(),
        );
        await visit(page, `/network?together=${relation}`);
        assert.equal(await page.locator('#network svg .node').count(), network.nodes.length);
        assert.equal(await page.locator('#network svg .link').count(), network.links.length);
        await close();
      });

    test('the structure: every body and its parent', async () => {
      const { page, close } = await open('/structure?from=2015&table=structure');
      const { bodies } = await request(
        '{ bodies(first: 100) { nodes { slug name parent { name } events(filter: { from: "2015", statuses: [HELD] }) { totalCount } } } }',
      );
      const shown = Object.fromEntries(
        (await rows(page, 'structure')).map(([name, , , parent, , events]) => [name, [parent, events]]),
      );
      for (const { name, parent, events } of bodies.nodes)
        assert.deepEqual(shown[name], [parent?.name ?? '–', String(events.totalCount)]);
      await visit(page, '/structure');
      assert.equal(await page.locator('#structure svg .body').count(), bodies.nodes.length);
      await close();
    });

    test('the work programmes: every area, with the events and contributions on its theme', async () => {
      const { page, close } = await open('/programmes?partners=JP&table=programmes');
      const shown = await rows(page, 'programmes');
      const { workProgrammes } = await request(
        '{ workProgrammes(first: 100) { nodes { title start end areas { name theme { slug } } } } }',
      );
      for (const { title, start, end, areas } of workProgrammes.nodes)
        for (const { name, theme } of areas) {
          const { events, contributions } = await request(
            `query ($theme: [Slug!], $start: EdtfDate, $end: EdtfDate) {
              events(filter: { themes: $theme, parties: ["JP"], bodiesWithin: ["admm"], from: $start, to: $end, statuses: [HELD] }) { totalCount }
              contributions(filter: { themes: $theme, partners: ["JP"], bodiesWithin: ["admm"], from: $start, to: $end, statuses: [HELD] }) { totalCount }
            }`,
            { theme: [theme.slug], start, end },
          );
          const row = shown.find(([programme, , area]) => programme === title && area === name);
          assert.deepEqual(row.slice(-2), [String(events.totalCount), String(contributions.totalCount)]);
        }
      await close();
    });
  });
}
