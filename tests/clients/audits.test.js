import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { serve } from './service.js';

const service = await serve();

suite('graphql-http audits the server', () => {
  for (const audit of serverAudits({ url: service.url })) {
    test(`${audit.id} ${audit.name}`, async () => {
      const { status, reason } = await audit.fn();
      assert.equal(status, 'ok', reason);
    });
  }
});
