import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { settled, visit } from './browser.mjs';
import { startProxy } from './proxy.mjs';
import { isOurs, startProgram } from './service.mjs';

const isQuery = (url) => url.pathname === '/graphql';
/** Whether a request of a browser or of the proxy is one of the operation. */
const isOf = (operation, address) => address.includes(`operationName=${operation}`);

/** The messages that a page sends by WebSocket, as they come. */
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

export function service({ open, ask, origin }) {
  const proxies = [];
  after(() => proxies.forEach((proxy) => proxy.stop()));

  /** A page behind a proxy that does to its requests what `fault` says. It may have errors in its console. */
  async function openBehind(fault, behind = origin) {
    const proxy = await startProxy(behind, fault);
    proxies.push(proxy);
    const { page, context } = await open(undefined, { origin: proxy.origin });
    return { page, close: () => context.close() };
  }

  describe('when the service is not as usual', () => {
    test('a failure is told, and trying again helps', async () => {
      const { page, faults, context } = await open();
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
      await context.close();
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

    test('a request that it refuses as busy is sent again, no sooner than it says, and not for ever', async () => {
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
      assert.notEqual(Math.round(pauses[0] / 10), Math.round(pauses[1] / 10), 'pauses are spread at random');

      times.length = 0;
      refusals = Infinity;
      await visit(page, '/themes?rows=BENEFICIARY');
      const told = await page.textContent('#matrix [role="alert"]');
      assert.match(told, /the service is busy.*Wait a moment.*r-42/s);
      assert.equal(times.length, 4);
      await close();
    });

    test('half an answer, a broken connection and a proxy’s error page are no end', async () => {
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

    test('an answer that never comes is given up, and said so', async () => {
      const { page, close } = await openBehind((request) => isOf('Matrix', request.url));
      await page.addInitScript(() => {
        const timeout = AbortSignal.timeout.bind(AbortSignal);
        AbortSignal.timeout = (milliseconds) => timeout(milliseconds / 45);
      });
      await visit(page, '/themes');
      assert.match(await page.textContent('#matrix [role="alert"]'), /did not answer within 45 seconds/);
      await close();
    });

    test('a query that is too long for an address is sent by POST', async () => {
      const { page, close } = await open();
      const methods = [];
      page.on('request', (request) => {
        if (new URL(request.url()).pathname !== '/graphql') return;
        const operation = request.postDataJSON()?.operationName;
        if (operation === 'Events' || isOf('Events', request.url())) methods.push(request.method());
      });
      const cities = Array.from({ length: 300 }, (_, index) => `cities=Somewhere+or+other+${index}`);
      await visit(page, `/events?cities=Jakarta&${cities.join('&')}`);
      assert.match(await page.textContent('.bar strong'), /^[1-9]\d* event/);
      await visit(page, '/events?cities=Jakarta');
      assert.deepEqual(methods, ['POST', 'GET']);
      await close();
    });

    test('an address that a proxy finds too long is sent by POST', async () => {
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

    test('an answer with errors shows what to change, and a way out', async () => {
      const { page, context } = await open('/contributions?partners=XX');
      const told = page.locator('main [role="alert"]');
      assert.match(await told.textContent(), /`XX`, which is not in the knowledge base/);
      await told.getByRole('link', { name: 'Remove all filters' }).click();
      await settled(page);
      assert.match(await page.textContent('.bar strong'), /^[1-9]\d* contributions/);
      await context.close();
    });

    test('a malformed address is no error of the page', async () => {
      const { page, faults, context } = await open();
      await page.goto('/event/%E0%A4%A');
      await page.getByRole('heading', { name: 'There is no such record' }).waitFor();
      assert.deepEqual(faults, []);
      await context.close();
    });

    test('refused connections are tried again, each later, and the page hears in the end', async () => {
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
    test('a service that was set back to an older revision is followed, and not asked for ever', async () => {
      const { dataset } = await ask('{ dataset { revision } }');
      const { page, close } = await open();
      let requests = 0;
      page.on('request', (request) => (requests += isQuery(new URL(request.url())) ? 1 : 0));
      let tell;
      await page.routeWebSocket(/\/graphql$/, (socket) =>
        socket.onMessage((text) => {
          const { type, id } = JSON.parse(text);
          if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
          const payload = { data: { datasetChanged: { revision: dataset.revision + 7 } } };
          if (type === 'subscribe') tell = () => socket.send(JSON.stringify({ id, type: 'next', payload }));
        }),
      );
      await visit(page, '/themes');
      await until(() => tell, 'a subscription');
      requests = 0;
      tell();
      await page.waitForSelector(`.news:has-text("revision ${dataset.revision + 7}")`);
      await page.waitForSelector(`.news:has-text("revision ${dataset.revision}.")`);
      await settled(page);
      assert.ok((await page.locator('#matrix svg').count()) > 0);
      // Three queries, each once and again four times, and once more for the older revision.
      assert.ok(requests <= 3 * 6, `${requests} requests`);
      const after = requests;
      await page.waitForTimeout(3_000);
      assert.equal(requests, after);
      await close();
    });

    test('however a subscription ends, the page subscribes again from the revision that it shows', async () => {
      const { dataset } = await ask('{ dataset { revision } }');
      const ends = [
        (socket) => socket.close({ code: 1001, reason: 'the service ends' }),
        (socket) => socket.close({ code: 1013, reason: 'try again later' }),
        (socket) => socket.close({ code: 4500, reason: 'internal' }),
        (socket, id) => socket.send(JSON.stringify({ id, type: 'error', payload: [{ message: 'busy' }] })),
        (socket, id) => socket.send(JSON.stringify({ id, type: 'complete' })),
      ];
      const payloads = [];
      let polls = 0;
      const { page, close } = await open();
      // The shortest pauses.
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
      // It asks for the revision on each connection after the first, and where an event has none.
      await until(() => polls === ends.length + 1, 'a poll');
      assert.equal(await page.locator('.news').count(), 0);
      await close();
    });
  });

  describe('when the service is restarted or has a new revision', { skip: !isOurs }, () => {
    let program;
    before(async () => {
      program = await startProgram(['--max-age', '60']);
    });
    after(() => program?.remove());

    let name = 'Japan';
    /** Imports another name of a partner, which several queries of a page show. */
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

    /** Waits until the page shows the new name in its filters and in every picture. */
    async function showsNewName(page) {
      await page.getByRole('link', { name: `Take out ${name}`, exact: true }).waitFor();
      for (const picture of ['totals', 'by-kind'])
        await page.locator(`#${picture} svg`).getByText(name, { exact: true }).first().waitFor();
    }

    const filtered = '/?partners=JP,AU';

    test('an import is told by WebSocket, and the whole page follows, past the caches of the browser', async () => {
      const { page, context, close } = await open(undefined, { origin: program.origin });
      const sent = sentMessages(page);
      await visit(page, filtered);
      await until(() => sent.some(({ type }) => type === 'subscribe'), 'a subscription');
      await rename();
      await showsNewName(page);
      assert.match(await page.textContent('.news'), new RegExp(`revision ${await revision()}`));

      // Going on to another page and back is the same revision.
      await page.getByRole('link', { name: 'Years', exact: true }).click();
      await settled(page);
      await page.goBack();
      await settled(page);
      await showsNewName(page);

      // A second tab shares the browser's cache, which has answers of the revision before.
      const second = await context.newPage();
      await visit(second, filtered);
      await showsNewName(second);
      await close();
    });

    test('a page goes to a new revision as a whole, however slow a part of it is', async () => {
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
          const shown = [nameIn('a[aria-label^="Take out"]'), nameIn('#totals svg text')];
          if (shown[0] !== shown[1]) window.mixtures.push(shown);
        }).observe(document.body, { subtree: true, childList: true, characterData: true });
      });
      isSlow = true;
      await rename();
      await showsNewName(page);
      assert.equal(isSlow, false, 'a part was slow');
      assert.deepEqual(await page.evaluate(() => window.mixtures), []);
      await close();
    });

    test('a tab that opens on cached answers of an older revision shows one revision', async () => {
      const { page, context, close } = await open(filtered, { origin: program.origin });
      await page.close();
      await rename();
      const second = await context.newPage();
      await second.goto(filtered);
      await showsNewName(second);
      await close();
    });

    test('what was missed during a restart is told on the new connection', async () => {
      const { page, context } = await open(undefined, { origin: program.origin });
      const sent = sentMessages(page);
      const subscriptions = () => sent.filter(({ type }) => type === 'subscribe');
      await visit(page, filtered);
      await until(() => subscriptions().length === 1, 'a subscription');
      const known = await revision();
      await program.stop();
      await page.waitForSelector('.news:has-text("can’t be reached")');
      await rename();
      await program.start();
      await showsNewName(page);
      await page.waitForSelector(`.news:has-text("revision ${known + 1}")`);
      await until(() => subscriptions().length === 2, 'a second subscription');
      await context.close();
    });

    test('what failed to load while it was away comes back by itself', async () => {
      const { page, context } = await open(filtered, { origin: program.origin });
      await program.stop();
      // A filter of a page that is loaded, and a page that is not.
      await page.getByRole('link', { name: 'Take out Australia' }).click();
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

    test('without a WebSocket the page hears of a new revision by asking', async () => {
      const { page, close } = await open(undefined, { origin: program.origin });
      await page.addInitScript(() => delete window.WebSocket);
      await visit(page, filtered);
      await rename();
      await showsNewName(page);
      await close();
    });
  });
}
