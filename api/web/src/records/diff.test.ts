import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { diffRecords, diffWords } from './diff';

describe('the differences between two contents of a record', () => {
  test('are only the fields that changed, with their values in words', () => {
    const before = {
      slug: 'admm-05',
      title: '5th ADMM',
      kind: 'field-training-exercise',
      start: '2011-05',
      participant_count: 1200,
      derived: true,
    };
    const after = {
      ...before,
      kind: 'meeting',
      start: '2011-05-19',
      participant_count: 1250,
      derived: false,
    };
    assert.deepEqual(diffRecords(before, after), [
      { label: 'Kind', before: 'Field training exercise', after: 'Meeting' },
      { label: 'Start', before: 'May 2011', after: '19 May 2011' },
      { label: 'Derived', before: 'yes', after: 'no' },
      { label: 'Number of participants', before: '1,200', after: '1,250' },
    ]);
  });

  test('have a null for a value that is absent', () => {
    assert.deepEqual(diffRecords({ city: 'Bali', note: 'x' }, { city: 'Bali', official_name: 'y' }), [
      { label: 'Official name', before: null, after: 'y' },
      { label: 'Note', before: 'x', after: null },
    ]);
  });

  test('leave out absent, null and empty lists, which are the same', () => {
    assert.deepEqual(diffRecords({ note: null, hosts: [] }, { city: null, aliases: [] }), []);
    assert.deepEqual(diffRecords({ hosts: null, note: undefined }, { hosts: [] }), []);
    assert.deepEqual(diffRecords(null, null), []);
  });

  test('begin with the title and the dates, and end with texts and citations', () => {
    const record = {
      citations: [{ source: 'a' }],
      city: 'Bali',
      end: '2013',
      slug: 'x',
      start: '2012',
      summary: 'y',
      title: 'z',
    };
    assert.deepEqual(
      diffRecords(null, record).map(({ label }) => label),
      ['Title', 'Start', 'End', 'City', 'Summary', 'Citations', 'Slug'],
    );
  });

  test('show identifiers as they are', () => {
    assert.deepEqual(diffRecords({ place: { geonames_id: 1264733 } }, { place: { geonames_id: 1264734 } }), [
      { label: 'Place: GeoNames ID', before: '1264733', after: '1264734' },
    ]);
  });

  test('do not depend on the order of the fields', () => {
    const before = { amount: { value: 5, currency: 'USD' }, citations: [{ source: 'a', locator: 'p. 1' }] };
    const after = { citations: [{ locator: 'p. 1', source: 'a' }], amount: { currency: 'USD', value: 5 } };
    assert.deepEqual(diffRecords(before, after), []);
  });

  test('of a nested object are those of its fields', () => {
    assert.deepEqual(
      diffRecords({ amount: { value: 5, currency: 'USD' } }, { amount: { value: 6.5, currency: 'USD' } }),
      [{ label: 'Amount: value', before: '5', after: '6.5' }],
    );
    assert.deepEqual(diffRecords({}, { work_area: { programme: 'wp', name: 'Maritime security' } }), [
      { label: 'Work area: name', before: null, after: 'Maritime security' },
      { label: 'Work area: programme', before: null, after: 'wp' },
    ]);
    assert.deepEqual(diffRecords({ amount: { value: 5 } }, { amount: null }), [
      { label: 'Amount: value', before: '5', after: null },
    ]);
  });

  test('of a list are the entries that were added or removed', () => {
    assert.deepEqual(diffRecords({ hosts: ['JP', 'SG'] }, { hosts: ['SG', 'KR', 'AU'] }), [
      { label: 'Hosts', removed: ['JP'], added: ['KR', 'AU'], changed: [] },
    ]);
    assert.deepEqual(diffRecords({}, { co_hosts: ['JP'] }), [
      { label: 'Co-hosts', removed: [], added: ['JP'], changed: [] },
    ]);
    assert.deepEqual(diffRecords({ aliases: ['a', 'a'] }, { aliases: ['a'] }), [
      { label: 'Also known as', removed: ['a'], added: [], changed: [] },
    ]);
  });

  test('of a list in another order are the order', () => {
    assert.deepEqual(diffRecords({ bodies: ['a', 'b', 'c'] }, { bodies: ['b', 'a', 'c'] }), [
      { label: 'Bodies: order', before: 'a, b, c', after: 'b, a, c' },
    ]);
  });

  test('of a list of objects are entries added, removed, and changed', () => {
    const before = {
      citations: [
        { source: 'one', locator: 'p. 3' },
        { source: 'two' },
        { source: 'three', locator: null },
        { source: 'four', locator: 'p. 1' },
      ],
    };
    const after = {
      citations: [
        { source: 'one', locator: 'p. 4' },
        { source: 'three' },
        { source: 'four' },
        { source: 'five', locator: 'para 2' },
      ],
    };
    assert.deepEqual(diffRecords(before, after), [
      {
        label: 'Citations',
        removed: ['two'],
        added: ['five, para 2'],
        changed: [
          { entry: 'one', fields: [{ label: 'Locator', before: 'p. 3', after: 'p. 4' }] },
          { entry: 'four', fields: [{ label: 'Locator', before: 'p. 1', after: null }] },
        ],
      },
    ]);
  });

  test('of a list of objects keep apart entries of the same source', () => {
    const at = (locator: string) => ({ source: 'one', locator });
    assert.deepEqual(
      diffRecords({ citations: [at('p. 1'), at('p. 2')] }, { citations: [at('p. 2'), at('p. 3')] }),
      [
        {
          label: 'Citations',
          removed: [],
          added: [],
          changed: [{ entry: 'one', fields: [{ label: 'Locator', before: 'p. 1', after: 'p. 3' }] }],
        },
      ],
    );
  });

  test('of a list that became a value, and the reverse, are values', () => {
    assert.deepEqual(diffRecords({ body: 'a' }, { body: ['a', 'b'] }), [
      { label: 'Body', before: 'a', after: 'a, b' },
    ]);
    assert.deepEqual(diffRecords({ place: { name: 'Bali', country: 'ID' } }, { place: 'Bali' }), [
      { label: 'Place', before: 'Bali, ID', after: 'Bali' },
    ]);
  });

  test('of a new record are all its fields, of a removed one the reverse', () => {
    const record = { slug: 'x', note: null, hosts: ['JP'], amount: { value: 1, currency: 'USD' } };
    assert.deepEqual(diffRecords(null, record), [
      { label: 'Amount: currency', before: null, after: 'USD' },
      { label: 'Amount: value', before: null, after: '1' },
      { label: 'Hosts', removed: [], added: ['JP'], changed: [] },
      { label: 'Slug', before: null, after: 'x' },
    ]);
    assert.equal(diffRecords(record, null).length, 4);
  });
});

describe('the words that differ between two texts', () => {
  test('are in the order of the texts', () => {
    assert.deepEqual(
      diffWords('The first meeting was held in Bali.', 'The second meeting was held in Bali, too.'),
      [
        { text: 'The', kind: 'same' },
        { text: 'first', kind: 'removed' },
        { text: 'second', kind: 'added' },
        { text: 'meeting was held in', kind: 'same' },
        { text: 'Bali.', kind: 'removed' },
        { text: 'Bali, too.', kind: 'added' },
      ],
    );
  });

  test('are at the end if a text was continued', () => {
    assert.deepEqual(diffWords('One two', 'One two three'), [
      { text: 'One two', kind: 'same' },
      { text: 'three', kind: 'added' },
    ]);
  });

  test('are not marked if the texts have little in common, or are very long', () => {
    assert.equal(diffWords('One two three four', 'Five six seven four'), undefined);
    assert.equal(diffWords('a '.repeat(600), 'a '.repeat(600)), undefined);
  });
});
