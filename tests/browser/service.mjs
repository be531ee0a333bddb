// The service that the tests look at: the one at ADKB_URL, or the program ADKB started for them on a database of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long the program may take to fill its database and answer, in milliseconds. */
const PATIENCE = 120_000;

export async function startService() {
  if (process.env.ADKB_URL) return { origin: new URL(process.env.ADKB_URL).origin, stop: () => {} };
  if (!process.env.ADKB) throw new Error('set ADKB_URL to a running service, or ADKB to the program');
  const folder = mkdtempSync(join(tmpdir(), 'adkb-browser-'));
  const database = `sqlite:${join(folder, 'adkb.db')}`;
  const program = spawn(process.env.ADKB, ['serve', '--port', '0', '--database-url', database], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => {
    program.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  let said = '';
  const origin = await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the program did not answer in time:\n${said}`)),
      PATIENCE,
    );
    const listen = (chunk) => {
      said += chunk;
      const address = said.match(/adkb answers GraphQL on (http:\/\/[^/\s]+)\/graphql/);
      if (!address) return;
      clearTimeout(timer);
      resolve(address[1]);
    };
    program.stdout.on('data', listen);
    program.stderr.on('data', listen);
    program.on('exit', (code) => reject(new Error(`the program ended with ${code}:\n${said}`)));
  }).catch((error) => {
    stop();
    throw error;
  });
  return { origin, stop };
}
