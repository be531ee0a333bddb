// A browser, and pages of it that remember what they should not have done.
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { startService } from './service.mjs';

/** How many tests of a group look at their pages at the same time. */
export const TOGETHER = 3;

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

  /** Opens a page, whose `faults` are console errors, uncaught errors and requests that leave the origin. */
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
      /** Ends the page, and fails where it had a fault. */
      async close() {
        await context.close();
        assert.deepEqual(faults, []);
      },
    };
  }

  /** What the API answers. */
  async function ask(query, variables = {}) {
    const response = await fetch(`${service.origin}/graphql`, {
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
    ask,
    async stop() {
      await browser.close();
      await service.remove();
    },
  };
}

/** Goes to a path, and waits until everything that the page asks for has come. */
export async function visit(page, path) {
  await page.goto(path);
  if (path.startsWith('/graphiql')) await explorer(page);
  else await settled(page);
}

/** Waits until GraphiQL shows its tabs and a query: its editor comes after the rest. */
export async function explorer(page) {
  await page.waitForSelector('.graphiql-tab');
  await page.waitForFunction(() =>
    /\{/.test(document.querySelector('.graphiql-query-editor .CodeMirror-code')?.textContent ?? ''),
  );
}

/** How long a page has to stay as it is, in milliseconds: a part of it may still be on its way. */
const STILL = 300;

/** Waits until the page shows what it asked for, and stays so. */
export async function settled(page) {
  await page.waitForFunction((still) => {
    const main = document.querySelector('main');
    const waits =
      !main?.querySelector('h1') ||
      document.querySelector('[aria-busy="true"]') ||
      [...main.querySelectorAll('[role="status"]')].some(({ textContent }) =>
        /^Loading/.test(textContent ?? ''),
      );
    const shown = waits ? undefined : location.href + main.textContent;
    if (shown === undefined || window.settling?.shown !== shown) {
      window.settling = { shown, since: performance.now() };
    }
    return shown !== undefined && performance.now() - window.settling.since >= still;
  }, STILL);
}

/** The rows of a picture's table, as texts. */
export function rows(page, picture) {
  return page.$$eval(`#${picture} tbody tr`, (rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())),
  );
}
