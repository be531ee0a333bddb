// Runs the program as a process in a temporary folder, and sends requests to it.

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

/** Runs a function after the tests of the file, or after the calling test, even if they are aborted. */
function atEnd(done) {
  after(done);
  process.once('exit', done);
}

/** A temporary folder, deleted after the tests. */
export function temporary() {
  const folder = mkdtempSync(join(tmpdir(), 'adkb-clients-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Runs `adkb serve` on a new database until the tests of the file, or the calling test, end.
 * @param {{ flags?: string[], env?: Record<string, string>, port?: number }} [settings]
 */
export async function serve({ flags = [], env = {}, port = 0 } = {}) {
  const service = new Service(flags, env, port);
  await service.start();
  return service;
}

class Service {
  #folder;
  #imports = 0;
  #flags;
  #env;
  #port;
  #process;

  constructor(flags, env, port) {
    // Registered first, so that the process is killed before its folder is deleted.
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

  /** Starts the service, on the same port as before. */
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
    throw new Error(`adkb serve does not start:\n${log}`);
  }

  /** Stops the service gracefully: requests in flight are completed. */
  async stop() {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }

  /** The resident memory of the service, in MiB. */
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
    // A version names one content for ever.
    this.#imports += 1;
    const about = await readFile(join(repository, 'migration/data/dataset.toml'), 'utf8');
    const version = `version = "$1.${this.#imports}"`;
    await writeFile(join(dataset, 'dataset.toml'), about.replace(/^version = "(.*)"$/m, version));
    const flags = ['import', '--prune', '--database-url', this.#database, dataset];
    await promisify(execFile)(program, flags, { env: {} });
  }

  /** Sends a request with only the given headers. Returns the response without decoding its body. */
  async request(target, { method = 'GET', headers = {}, body, agent = new Agent() } = {}) {
    const sent = request(new URL(target, this.url), { method, headers, agent });
    // The service may respond and close the connection before the whole body is sent.
    sent.on('error', () => {});
    sent.end(body);
    const [answer] = await once(sent, 'response');
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

  /** A GET request to the API, with its parameters in the URL. */
  get(parameters, headers) {
    return this.request(`/graphql?${new URLSearchParams(parameters)}`, { headers });
  }

  /** A POST request to the API, as JSON. */
  post(parameters, headers) {
    return this.request('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(parameters),
    });
  }
}
