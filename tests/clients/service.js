// The program as a process of its own on a temporary folder, and what the tests ask of it.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { promisify } from 'node:util';

export const repository = resolve(import.meta.dirname, '../..');

const program = resolve(process.env.ADKB ?? join(repository, 'target/debug/adkb'));

/** Has something done when the tests of the file, or the test that asked, end; however they end. */
function atEnd(done) {
  after(done);
  process.once('exit', done);
}

/** A folder that goes with the tests. */
export function temporary() {
  const folder = mkdtempSync(join(tmpdir(), 'adkb-clients-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Runs `adkb serve` on a new database until the tests of the file, or the test that asked, end.
 * @param {{ flags?: string[], env?: Record<string, string>, port?: number }} [settings]
 */
export async function serve({ flags = [], env = {}, port = 0 } = {}) {
  const service = new Service(flags, env, port);
  await service.start();
  return service;
}

class Service {
  #folder;
  #flags;
  #env;
  #port;
  #process;

  constructor(flags, env, port) {
    // Before its folder goes.
    atEnd(() => this.#process.kill('SIGKILL'));
    this.#folder = temporary();
    this.#flags = flags;
    this.#env = env;
    this.#port = port;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}/graphql`;
  }

  get webSocketUrl() {
    return `ws://127.0.0.1:${this.#port}/graphql`;
  }

  get #database() {
    return `sqlite:${join(this.#folder, 'adkb.db')}`;
  }

  /** Starts it, on the port that it had before. */
  async start() {
    const flags = ['serve', '--port', this.#port, '--database-url', this.#database, ...this.#flags];
    const child = spawn(program, flags, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    let log = '';
    child.stderr.on('data', (text) => (log += text));
    for await (const line of createInterface({ input: child.stdout })) {
      this.#port = Number(line.match(/http:\/\/[^/]*:(\d+)\//)[1]);
      child.stdout.resume();
      return;
    }
    throw new Error(`adkb serve does not come up:\n${log}`);
  }

  /** Ends it as an operator does: what is under way may be finished. */
  async stop() {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }

  /** The memory that it holds, in MiB. */
  async memory() {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(status.match(/VmRSS:\s*(\d+) kB/)[1]) / 1024;
  }

  /**
   * Imports the shipped dataset from another process, with one of its files edited. Later imports
   * keep the earlier edits.
   */
  async import(file, edit) {
    const dataset = join(this.#folder, 'data');
    await cp(join(repository, 'migration/data'), dataset, { recursive: true, force: false });
    const path = join(dataset, file);
    await writeFile(path, edit(await readFile(path, 'utf8')));
    const flags = ['import', '--prune', '--database-url', this.#database, dataset];
    await promisify(execFile)(program, flags, { env: {} });
  }

  /** One request with no more headers than are given, and its answer as it comes over the wire. */
  async request(target, { method = 'GET', headers = {}, body, agent = new Agent() } = {}) {
    const asked = request(new URL(target, this.url), { method, headers, agent });
    // It may be answered, and the connection closed, while its body is still being sent.
    asked.on('error', () => {});
    asked.end(body);
    const [answer] = await once(asked, 'response');
    const bytes = Buffer.concat(await answer.toArray());
    return {
      status: answer.statusCode,
      headers: answer.headers,
      bytes,
      get text() {
        return bytes.toString();
      },
      get json() {
        return JSON.parse(bytes);
      },
    };
  }

  /** A query by GET: its parameters in the address. */
  get(parameters, headers) {
    return this.request(`/graphql?${new URLSearchParams(parameters)}`, { headers });
  }

  /** A request by POST, as JSON. */
  post(parameters, headers) {
    return this.request('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(parameters),
    });
  }
}
