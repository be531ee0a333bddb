// The services under test: the one at ADKB_URL, or processes of the program ADKB, each with its own database.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How long the program may take to import the dataset and start, in milliseconds. */
const START_TIMEOUT = 120_000;
const DATASET = new URL('../../migration/data', import.meta.url).pathname;

/** True if the tests start the service themselves, so that they can stop it and import into its database. */
export const startsOwnService = !process.env.ADKB_URL;

/** Starts the service that most tests share. */
export async function startService() {
  if (startsOwnService) return startProgram();
  return { origin: new URL(process.env.ADKB_URL).origin, remove: () => {} };
}

/** A new service, with additional flags. */
export async function startProgram(flags = []) {
  if (!process.env.ADKB) throw new Error('set ADKB_URL to a running service, or ADKB to the program');
  const service = new Service(flags);
  await service.start();
  return service;
}

class Service {
  #folder = mkdtempSync(join(tmpdir(), 'adkb-browser-'));
  #database = `sqlite:${join(this.#folder, 'adkb.db')}`;
  #flags;
  #process;
  #imports = 0;
  origin;

  constructor(flags) {
    this.#flags = flags;
  }

  /** Starts the program, on the same port as before. */
  async start() {
    const port = this.origin ? new URL(this.origin).port : '0';
    const flags = ['serve', '--port', port, '--database-url', this.#database, ...this.#flags];
    this.#process = spawn(process.env.ADKB, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    try {
      this.origin = await new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`the program did not start in time:\n${output}`)),
          START_TIMEOUT,
        );
        const listen = (chunk) => {
          output += chunk;
          const address = output.match(/GraphQL: +(http:\/\/[^/\s]+)\/graphql/);
          if (!address) return;
          clearTimeout(timer);
          resolve(address[1]);
        };
        this.#process.stdout.on('data', listen);
        this.#process.stderr.on('data', listen);
        this.#process.on('exit', (code) => reject(new Error(`the program exited with ${code}:\n${output}`)));
      });
    } catch (error) {
      await this.remove();
      throw error;
    }
  }

  /** Stops the program gracefully. */
  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }

  async remove() {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Imports a new version of the dataset with one file edited, from another process. Later imports keep earlier edits. */
  async import(file, edit) {
    const folder = join(this.#folder, 'data');
    cpSync(DATASET, folder, { recursive: true, force: false });
    const path = join(folder, file);
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
    this.#imports += 1;
    const description = readFileSync(join(DATASET, 'dataset.toml'), 'utf8');
    writeFileSync(
      join(folder, 'dataset.toml'),
      description.replace(/^version = "(.*)"$/m, `version = "$1.${this.#imports}"`),
    );
    await promisify(execFile)(process.env.ADKB, ['import', '--database-url', this.#database, folder]);
  }
}
