// A browser whose pages record errors and requests to other origins.
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { startService } from './service.mjs';

/** How many tests of a group run at the same time. */
export const CONCURRENCY = 3;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  return execFileSync('sh', [
    '-c',
    'command -v chromium || command -v chromium-browser || command -v google-chrome',
  ])
    .toString()
    .trim();
}

export async function startBrowser() {
  const service = await startService();
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: FLAGS,
  });

  /** Opens a page. Its `faults` are console errors, uncaught errors and requests to other origins. */
  async function open(path, { width = 1440, height = 900, origin = service.origin, ...options } = {}) {
    const context = await browser.newContext({
      viewport: { width, height },
      baseURL: origin,
      acceptDownloads: true,
      ...options,
    });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], {
      origin,
    });
    const page = await context.newPage();
    const faults = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text().slice(0, 300)));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol) && url.host !== new URL(origin).host)
        faults.push(`outside the origin: ${url.href}`);
    });
    if (path) await visit(page, path);
    return {
      page,
      context,
      faults,
      /** Closes the page, and fails if it had a fault. */
      async close() {
        await context.close();
        assert.deepEqual(faults, []);
      },
    };
  }

  /** The `data` of the API's response to a query. */
  async function request(query, variables = {}, origin = service.origin) {
    const response = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    assert.equal(errors, undefined);
    return data;
  }

  return {
    origin: service.origin,
    service,
    open,
    request,
    async stop() {
      await browser.close();
      await service.remove();
    },
  };
}

/** Opens a path, and waits until everything that the page requests has loaded. */
export async function visit(page, path) {
  await page.goto(path);
  if (/^(\/at\/[^/]+)?\/graphiql/.test(path)) await graphiqlReady(page);
  else await settled(page);
}

/** Waits until GraphiQL shows its tabs and a query; its editor is loaded last. */
export async function graphiqlReady(page) {
  await page.waitForSelector('.graphiql-tab');
  await page.waitForFunction(() =>
    /\{/.test(document.querySelector('.graphiql-query-editor .CodeMirror-code')?.textContent ?? ''),
  );
}

/** How long a page must stay unchanged to count as loaded, in milliseconds. */
const STABLE_FOR = 300;

/** Waits until the page has loaded and stays unchanged. */
export async function settled(page) {
  await page.waitForFunction((stableFor) => {
    const main = document.querySelector('main');
    const isLoading =
      !main?.querySelector('h1') ||
      document.querySelector('[aria-busy="true"]') ||
      [...main.querySelectorAll('[role="status"]')].some(({ textContent }) =>
        /^Loading/.test(textContent ?? ''),
      );
    const shown = isLoading ? undefined : location.href + main.textContent;
    if (shown === undefined || window.settling?.shown !== shown) {
      window.settling = { shown, since: performance.now() };
    }
    return shown !== undefined && performance.now() - window.settling.since >= stableFor;
  }, STABLE_FOR);
}

/** The rows of a chart's table, as strings. */
export function rows(page, chart) {
  return page.$$eval(`#${chart} tbody tr`, (rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())),
  );
}
