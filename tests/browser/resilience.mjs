import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { settled, visit } from './browser.mjs';
import { startProxy } from './proxy.mjs';
import { startProgram, startsOwnService } from './service.mjs';

const isQuery = (url) => url.pathname === '/graphql';
/** Whether the URL of a request names the operation. */
const isOf = (operation, address) => address.includes(`operationName=${operation}`);

/** The messages that a page sends by WebSocket. The list grows. */
function sentMessages(page) {
  const messages = [];
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => messages.push(JSON.parse(payload))),
  );
  return messages;
}

async function until(condition, what, seconds = 30) {
  const end = Date.now() + seconds * 1_000;
  while (!condition()) {
    assert.ok(Date.now() < end, `${what} did not happen within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function resilience({ open, request, origin }) {
  const proxies = [];
  after(() => proxies.forEach((proxy) => proxy.stop()));

  /** Opens a page behind a proxy with a `fault`. Errors in its console are allowed. */
  async function openBehind(fault, behind = origin) {
    const proxy = await startProxy(behind, fault);
    proxies.push(proxy);
    const { page, context } = await open(undefined, { origin: proxy.origin });
    return { page, close: () => context.close() };
  }

  describe('when the service fails', () => {
    test('an error is shown, and a retry loads the data', async () => {
      const { page, faults, context } = await open();
      let isUnreachable = true;
      await page.route(isQuery, (route) =>
        isUnreachable && route.request().url().includes('Matrix') ? route.abort() : route.continue(),
      );
      await visit(page, '/themes');
      assert.match(await page.textContent('#matrix [role="alert"]'), /could not be loaded/);
      isUnreachable = false;
      await page.click('#matrix [role="alert"] button');
      await page.waitForSelector('#matrix svg');
      assert.ok(faults.every((fault) => fault.includes('ERR_FAILED')));
      await context.close();
    });

    test('a query that failed is repeated when a poll succeeds, without WebSocket', async () => {
      // A query gives up within 6 seconds; the poll gets a response at its second attempt.
      let failUntil = Infinity;
      let polls = 0;
      const { page, close } = await openBehind((request, response) => {
        if (!isQuery(new URL(request.url, origin))) return false;
        if (request.method === 'POST') polls += 1;
        else failUntil = Math.min(failUntil, performance.now() + 6_000);
        const fails = request.method === 'POST' ? polls === 1 : performance.now() < failUntil;
        if (fails) response.destroy();
        return fails;
      });
      await page.addInitScript(() => delete window.WebSocket);
      await visit(page, '/themes');
      await page.waitForSelector('#matrix svg');
      await close();
    });

    test('documents with an unknown hash are sent again with their text', async () => {
      const { page, close } = await open();
      const fullRequests = [];
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
        fullRequests.push(request.method());
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
      assert.ok(fullRequests.includes('GET') && fullRequests.includes('POST'));
      await close();
    });

    test('a request rejected with 503 is retried after Retry-After, a limited number of times', async () => {
      const times = [];
      let refusals = 2;
      const { page, close } = await openBehind((request, response) => {
        if (!isOf('Matrix', request.url)) return false;
        times.push(performance.now());
        if (refusals === 0) return false;
        refusals -= 1;
        response.writeHead(503, { 'Retry-After': '1', 'Content-Type': 'application/graphql-response+json' });
        response.end(
          JSON.stringify({
            errors: [{ message: 'the service is busy', extensions: { code: 'BUSY', requestId: 'r-42' } }],
          }),
        );
        return true;
      });
      await visit(page, '/themes');
      assert.ok((await page.locator('#matrix svg').count()) > 0);
      assert.equal(times.length, 3);
      const pauses = times.slice(1).map((time, index) => time - times[index]);
      assert.ok(
        pauses.every((pause) => pause >= 1_000),
        `${pauses}`,
      );
      assert.notEqual(Math.round(pauses[0] / 10), Math.round(pauses[1] / 10), 'pauses have random jitter');

      times.length = 0;
      refusals = Infinity;
      await visit(page, '/themes?rows=BENEFICIARY');
      const alert = await page.textContent('#matrix [role="alert"]');
      assert.match(alert, /the service is busy.*Wait a moment.*r-42/s);
      assert.equal(times.length, 4);
      await close();
    });

    test('a truncated response, a broken connection and a proxy’s error page are retried', async () => {
      const faults = [
        (response) => {
          response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '5000' });
          response.write('{"data":{"contributionMatrix":{"total":1');
          setTimeout(() => response.destroy(), 100);
        },
        (response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"data":{"contri'),
        (response) => response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad Gateway</h1>'),
      ];
      const { page, close } = await openBehind((request, response) => {
        const fault = isOf('Matrix', request.url) && faults.shift();
        if (fault) fault(response);
        return Boolean(fault);
      });
      await visit(page, '/themes');
      assert.ok((await page.locator('#matrix svg').count()) > 0);
      assert.equal(faults.length, 0);
      await close();
    });

    test('a request without a response times out with a message', async () => {
      const { page, close } = await openBehind((request) => isOf('Matrix', request.url));
      await page.addInitScript(() => {
        const timeout = AbortSignal.timeout.bind(AbortSignal);
        AbortSignal.timeout = (milliseconds) => timeout(milliseconds / 45);
      });
      await visit(page, '/themes');
      assert.match(await page.textContent('#matrix [role="alert"]'), /did not respond within 45 seconds/);
      await close();
    });

    test('a query that is too long for a URL is sent by POST', async () => {
      const { page, close } = await open();
      const methods = [];
      page.on('request', (request) => {
        if (new URL(request.url()).pathname !== '/graphql') return;
        const operation = request.postDataJSON()?.operationName;
        if (operation === 'Events' || isOf('Events', request.url())) methods.push(request.method());
      });
      const cities = Array.from({ length: 300 }, (_, index) => `cities=Somewhere+or+other+${index}`);
      await visit(page, `/events?cities=Jakarta&${cities.join('&')}`);
      assert.match(await page.textContent('.toolbar strong'), /^[1-9]\d* event/);
      await visit(page, '/events?cities=Jakarta');
      assert.deepEqual(methods, ['POST', 'GET']);
      await close();
    });

    test('a request whose URL a proxy rejects as too long is sent by POST', async () => {
      const methods = [];
      const { page, close } = await openBehind((request, response) => {
        if (request.method === 'POST' || !isOf('Matrix', request.url)) return false;
        methods.push(request.method);
        response.writeHead(414).end();
        return true;
      });
      await visit(page, '/themes');
      assert.ok((await page.locator('#matrix svg').count()) > 0);
      assert.deepEqual(methods, ['GET']);
      await close();
    });

    test('a response with errors shows what to change, and a link that removes the filters', async () => {
      const { page, context } = await open('/contributions?partners=XX');
      const alert = page.locator('main [role="alert"]');
      assert.match(await alert.textContent(), /`XX`, which is not in the knowledge base/);
      await alert.getByRole('link', { name: 'Remove all filters' }).click();
      await settled(page);
      assert.match(await page.textContent('.toolbar strong'), /^[1-9]\d* contributions/);
      await context.close();
    });

    test('a malformed URL does not cause an error in the page', async () => {
      const { page, faults, context } = await open();
      await page.goto('/event/%E0%A4%A');
      await page.getByRole('heading', { name: 'Record not found' }).waitFor();
      assert.deepEqual(faults, []);
      await context.close();
    });

    test('rejected WebSocket connections are retried with growing pauses', async () => {
      const times = [];
      let refusals = 3;
      const { page, close } = await openBehind((request, socket) => {
        if (!request.headers.upgrade) return false;
        times.push(performance.now());
        if (refusals === 0) return false;
        refusals -= 1;
        socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n');
        return true;
      });
      const sent = sentMessages(page);
      await visit(page, '/');
      await until(() => sent.some(({ type }) => type === 'subscribe'), 'a subscription');
      assert.equal(times.length, 4);
      const pauses = times.slice(1).map((time, index) => time - times[index]);
      assert.ok(pauses[0] >= 500 && pauses[1] >= 1_000 && pauses[2] >= 2_000, `${pauses}`);
      await close();
    });
    test('the page follows a service restored to an older revision with few requests', async () => {
      const { dataset } = await request('{ dataset { revision } }');
      const { page, close } = await open();
      let requests = 0;
      page.on('request', (request) => (requests += isQuery(new URL(request.url())) ? 1 : 0));
      let notify;
      await page.routeWebSocket(/\/graphql$/, (socket) =>
        socket.onMessage((text) => {
          const { type, id } = JSON.parse(text);
          if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
          const payload = { data: { datasetChanged: { revision: dataset.revision + 7 } } };
          if (type === 'subscribe') notify = () => socket.send(JSON.stringify({ id, type: 'next', payload }));
        }),
      );
      await visit(page, '/themes');
      await until(() => notify, 'a subscription');
      requests = 0;
      notify();
      await page.waitForSelector(`.notice:has-text("revision ${dataset.revision + 7}")`);
      await page.waitForSelector(`.notice:has-text("revision ${dataset.revision}.")`);
      await settled(page);
      assert.ok((await page.locator('#matrix svg').count()) > 0);
      // Three queries, each with four retries, and once more for the older revision.
      assert.ok(requests <= 3 * 6, `${requests} requests`);
      const after = requests;
      await page.waitForTimeout(3_000);
      assert.equal(requests, after);
      await close();
    });

    test('after a subscription ends, the page subscribes again from the revision it shows', async () => {
      const { dataset } = await request('{ dataset { revision } }');
      const ends = [
        (socket) => socket.close({ code: 1001, reason: 'the service is shutting down' }),
        (socket) => socket.close({ code: 1013, reason: 'try again later' }),
        (socket) => socket.close({ code: 4500, reason: 'internal' }),
        (socket, id) => socket.send(JSON.stringify({ id, type: 'error', payload: [{ message: 'busy' }] })),
        (socket, id) => socket.send(JSON.stringify({ id, type: 'complete' })),
      ];
      const payloads = [];
      let polls = 0;
      const { page, close } = await open();
      // Makes the random pauses as short as possible.
      await page.addInitScript(() => (Math.random = () => 0));
      page.on('request', (request) => {
        if (request.postDataJSON()?.operationName === 'Revision') polls += 1;
      });
      await page.routeWebSocket(/\/graphql$/, (socket) =>
        socket.onMessage((text) => {
          const { type, id, payload } = JSON.parse(text);
          if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
          if (type !== 'subscribe') return;
          const end = ends[payloads.length];
          payloads.push(payload);
          if (end) end(socket, id);
          else
            socket.send(
              JSON.stringify({ id, type: 'next', payload: { errors: [{ message: 'unreadable' }] } }),
            );
        }),
      );
      await visit(page, '/');
      await until(() => payloads.length > ends.length, 'another subscription', 60);
      assert.deepEqual(
        payloads.map(({ variables }) => variables),
        payloads.map(() => ({ since: dataset.revision })),
      );
      // The page polls the revision after each reconnection, and after an event without one.
      await until(() => polls === ends.length + 1, 'a poll');
      assert.equal(await page.locator('.notice').count(), 0);
      await close();
    });
  });

  describe('when the service is restarted or has a new revision', { skip: !startsOwnService }, () => {
    let program;
    before(async () => {
      program = await startProgram(['--max-age', '60']);
    });
    after(() => program?.remove());

    let name = 'Japan';
    /** Imports a new name for a partner that several queries of a page show. */
    async function rename() {
      const next = `Japan ${Number(name.split(' ')[1] ?? 1) + 1}`;
      await program.import('parties.toml', (text) => text.replace(`name = "${name}"`, `name = "${next}"`));
      name = next;
    }

    async function revision() {
      const response = await fetch(`${program.origin}/graphql`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"query":"{ dataset { revision } }"}',
      });
      return (await response.json()).data.dataset.revision;
    }

    /** Waits until the page shows the new name in its filters and charts. */
    async function showsNewName(page) {
      await page.getByRole('link', { name: `Remove ${name}`, exact: true }).waitFor();
      for (const chart of ['totals', 'by-kind'])
        await page.locator(`#${chart} svg`).getByText(name, { exact: true }).first().waitFor();
    }

    const filtered = '/?partners=JP,AU';

    test('after an import, the whole page updates by WebSocket, bypassing the browser’s cache', async () => {
      const { page, context, close } = await open(undefined, { origin: program.origin });
      const sent = sentMessages(page);
      await visit(page, filtered);
      await until(() => sent.some(({ type }) => type === 'subscribe'), 'a subscription');
      await rename();
      await showsNewName(page);
      assert.match(await page.textContent('.notice'), new RegExp(`revision ${await revision()}`));

      // Another page and the way back show the same revision.
      await page.getByRole('link', { name: 'Years', exact: true }).click();
      await settled(page);
      await page.goBack();
      await settled(page);
      await showsNewName(page);

      // A second tab shares the browser's cache, which has responses of the previous revision.
      const second = await context.newPage();
      await visit(second, filtered);
      await showsNewName(second);
      await close();
    });

    test('a page never mixes two revisions, even if one response is slow', async () => {
      let isSlow = false;
      const { page, close } = await openBehind((request, response) => {
        const isDelayed = isSlow && request.method === 'POST';
        if (isDelayed) setTimeout(() => response.writeHead(503, { 'Retry-After': '2' }).end(), 100);
        isSlow &&= !isDelayed;
        return isDelayed;
      }, program.origin);
      const sent = sentMessages(page);
      await visit(page, filtered);
      await until(() => sent.some(({ type }) => type === 'subscribe'), 'a subscription');
      await page.evaluate(() => {
        window.mixtures = [];
        const nameIn = (selector) =>
          [...document.querySelectorAll(selector)]
            .map(({ textContent }) => textContent.match(/^Japan( \d+)?/)?.[0])
            .find(Boolean);
        new MutationObserver(() => {
          const shown = [nameIn('a[aria-label^="Remove"]'), nameIn('#totals svg text')];
          if (shown[0] !== shown[1]) window.mixtures.push(shown);
        }).observe(document.body, { subtree: true, childList: true, characterData: true });
      });
      isSlow = true;
      await rename();
      await showsNewName(page);
      assert.equal(isSlow, false, 'a response was slow');
      assert.deepEqual(await page.evaluate(() => window.mixtures), []);
      await close();
    });

    test('a tab that opens with cached responses of an older revision shows one revision', async () => {
      const { page, context, close } = await open(filtered, { origin: program.origin });
      await page.close();
      await rename();
      const second = await context.newPage();
      await second.goto(filtered);
      await showsNewName(second);
      await close();
    });

    test('after a restart, the page receives the changes that it missed', async () => {
      const { page, context } = await open(undefined, { origin: program.origin });
      const sent = sentMessages(page);
      const subscriptions = () => sent.filter(({ type }) => type === 'subscribe');
      await visit(page, filtered);
      await until(() => subscriptions().length === 1, 'a subscription');
      const known = await revision();
      await program.stop();
      await page.waitForSelector('.notice:has-text("can’t be reached")');
      await rename();
      await program.start();
      await showsNewName(page);
      await page.waitForSelector(`.notice:has-text("revision ${known + 1}")`);
      await until(() => subscriptions().length === 2, 'a second subscription');
      await context.close();
    });

    test('data that failed to load while the service was down loads by itself', async () => {
      const { page, context } = await open(filtered, { origin: program.origin });
      await program.stop();
      // First a filter on a loaded page, then a page that is not loaded.
      await page.getByRole('link', { name: 'Remove Australia' }).click();
      await page.waitForSelector('#totals [role="alert"]');
      await program.start();
      await page.waitForSelector('#totals svg a', { timeout: 60_000 });
      assert.equal(await page.locator('main [role="alert"]').count(), 0);
      await program.stop();
      await page.getByRole('link', { name: 'Themes', exact: true }).click();
      await page.waitForSelector('main [role="alert"]');
      await program.start();
      await page.waitForSelector('#matrix svg', { timeout: 60_000 });
      await context.close();
    });

    test('without WebSocket, the page notices a new revision by polling', async () => {
      const { page, close } = await open(undefined, { origin: program.origin });
      await page.addInitScript(() => delete window.WebSocket);
      await visit(page, filtered);
      await rename();
      await showsNewName(page);
      await close();
    });
  });
}
