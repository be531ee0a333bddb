import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settled, visit } from './browser.mjs';

const isQuery = (url) => url.pathname === '/graphql';

export function service({ open, origin }) {
  describe('when the service is not as usual', () => {
    test('a failure is told, and trying again helps', async () => {
      const { page, faults } = await open();
      let away = true;
      await page.route(isQuery, (route) =>
        away && route.request().url().includes('Matrix') ? route.abort() : route.continue(),
      );
      await visit(page, '/themes');
      assert.match(await page.textContent('#matrix [role="alert"]'), /could not be loaded/);
      away = false;
      await page.click('#matrix [role="alert"] button');
      await page.waitForSelector('#matrix svg');
      assert.ok(faults.every((fault) => fault.includes('ERR_FAILED')));
      await page.context().close();
    });

    test('documents that it does not know by their hash are sent whole', async () => {
      const { page, close } = await open();
      const whole = [];
      await page.route(isQuery, async (route) => {
        const request = route.request();
        const url = new URL(request.url());
        const body = request.postDataJSON();
        const query = url.searchParams.get('query') ?? body?.query;
        if (!query) {
          await route.fulfill({
            json: {
              errors: [
                {
                  message: 'not known',
                  extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
                },
              ],
            },
          });
          return;
        }
        whole.push(request.method());
        const variables = body?.variables ?? JSON.parse(url.searchParams.get('variables'));
        const response = await fetch(`${origin}/graphql`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ query, variables }),
        });
        await route.fulfill({ json: await response.json() });
      });
      await visit(page, '/body/admm-plus');
      assert.match(await page.textContent('h1'), /ADMM-Plus|Meeting-Plus/);
      await visit(page, '/');
      await page.waitForSelector('#totals svg');
      assert.ok(whole.includes('GET') && whole.includes('POST'));
      await close();
    });

    test('a new revision is told by the WebSocket, and what is shown is asked for anew', async () => {
      const { page, close } = await open();
      let tell;
      await page.routeWebSocket(/\/graphql$/, (socket) => {
        socket.onMessage((text) => {
          const message = JSON.parse(text);
          if (message.type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }));
          if (message.type === 'subscribe')
            tell = (revision) =>
              socket.send(
                JSON.stringify({
                  id: message.id,
                  type: 'next',
                  payload: { data: { datasetChanged: { revision } } },
                }),
              );
        });
      });
      await visit(page, '/themes');
      await page.waitForFunction(() => performance.getEntriesByType('resource').length > 0);
      while (!tell) await page.waitForTimeout(100);
      const [request] = await Promise.all([page.waitForRequest(/operationName=Matrix/), tell(1_000_000)]);
      assert.ok(request);
      await page.waitForSelector('.news');
      assert.match(await page.textContent('.news'), /revision 1000000/);
      await settled(page);
      await close();
    });

    test('it works without a WebSocket', async () => {
      const { page } = await open();
      await page.addInitScript(() => {
        window.WebSocket = class {
          constructor() {
            throw new Error('there is none');
          }
        };
      });
      await visit(page, '/');
      await page.waitForTimeout(2_500);
      assert.ok((await page.locator('#totals svg a').count()) > 0);
      await page.context().close();
    });
  });
}
