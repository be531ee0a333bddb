import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { graphiqlReady } from './browser.mjs';
import { describe, test } from 'node:test';
import { startsOwnService } from './service.mjs';

const EXAMPLES = readdirSync(new URL('../../api/examples', import.meta.url)).filter((file) =>
  file.endsWith('.graphql'),
);

export function graphiql({ open, service }) {
  describe('GraphiQL', () => {
    test('opens with the example queries as tabs, and runs one', async () => {
      const { page, close } = await open();
      await page.goto('/graphiql');
      await graphiqlReady(page);
      assert.equal(await page.locator('.graphiql-tab').count(), EXAMPLES.length);
      assert.ok(!(await page.textContent('.graphiql-tabs')).includes('untitled'));
      await page.click('.graphiql-execute-button');
      await page.waitForFunction(() =>
        /"revision": \d+/.test(document.querySelector('.result-window')?.textContent ?? ''),
      );
      await close();
    });

    test('opens the query of a chart with its variables', async () => {
      const { page, close } = await open('/themes?partners=JP');
      await page.locator('#matrix summary').click();
      await page.getByText('Query in GraphiQL').click();
      await graphiqlReady(page);
      assert.match(await page.textContent('.graphiql-query-editor'), /query Matrix/);
      await page.click('.graphiql-execute-button');
      await page.waitForFunction(() =>
        /"contributionMatrix"/.test(document.querySelector('.result-window')?.textContent ?? ''),
      );
      assert.match(await page.textContent('.result-window'), /Japan/);
      assert.doesNotMatch(await page.textContent('.result-window'), /Australia/);
      await close();
    });

    test(
      'runs a subscription over WebSocket and shows its events until it is stopped',
      {
        skip: !startsOwnService,
      },
      async () => {
        const { page, close } = await open();
        const query =
          '# From here on\nquery Other { dataset { name } }\n' +
          'subscription Changes($since: Int) { datasetChanged(since: $since) { revision } }';
        const sent = [];
        page.on('websocket', (socket) =>
          socket.on('framesent', ({ payload }) => sent.push(JSON.parse(payload))),
        );
        const shows = (revision) =>
          page.waitForFunction(
            (revision) =>
              new RegExp(`"datasetChanged": \\{\\s*"revision": ${revision}\\b`).test(
                document.querySelector('.result-window')?.textContent ?? '',
              ),
            revision,
          );
        await page.goto(`/graphiql#${new URLSearchParams({ query, variables: '{ "since": 0 }' })}`);
        await graphiqlReady(page);
        // Before GraphiQL knows both operations, the button has no menu.
        await page.click('.graphiql-execute-button[aria-haspopup="menu"]');
        await page.getByRole('menuitem', { name: 'Changes' }).click();
        await shows(1);
        await service.import('bodies.toml', (text) =>
          text.replace('"ASEAN Secretariat"', '"Secretariat of ASEAN"'),
        );
        await shows(2);
        await page.click('.graphiql-execute-button');
        await page.waitForFunction(() => !document.querySelector('.graphiql-spinner'));
        assert.deepEqual(
          sent.map(({ type }) => type),
          ['connection_init', 'subscribe', 'complete'],
        );
        await close();
      },
    );

    test('shows the error of an invalid subscription', async () => {
      const { page, close } = await open();
      await page.goto(`/graphiql#${new URLSearchParams({ query: 'subscription { nothing }' })}`);
      await graphiqlReady(page);
      await page.click('.graphiql-execute-button');
      await page.waitForFunction(() =>
        /GRAPHQL_VALIDATION_FAILED.*nothing/s.test(
          document.querySelector('.result-window')?.textContent ?? '',
        ),
      );
      await close();
    });

    test('has documentation, settings and completion', async () => {
      const { page, close } = await open();
      await page.goto('/graphiql');
      await graphiqlReady(page);
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      await page.waitForSelector('.graphiql-doc-explorer-content');
      await page.waitForFunction(() =>
        /Query/.test(document.querySelector('.graphiql-doc-explorer-content').textContent),
      );
      await page.getByRole('button', { name: /settings/i }).click();
      await page.waitForSelector('.graphiql-dialog');
      await page.keyboard.press('Escape');
      await page.click('.graphiql-query-editor .CodeMirror-lines');
      await page.keyboard.press('Control+End');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('End');
      await page.keyboard.type(' par');
      await page.keyboard.press('Control+Space');
      await page.waitForSelector('.CodeMirror-hint');
      await close();
    });
  });
}
