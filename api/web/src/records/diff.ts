// The differences between two contents of a record, as the change log has them, in words.
import { formatDate, formatEnum } from '../format';

/** A field that changed. For nested objects, `label` is the whole path: “Amount: currency”. */
export type FieldChange = ValueChange | ListChange;

/** A single value; null if there was none before, or is none now. */
export interface ValueChange {
  label: string;
  before: string | null;
  after: string | null;
}

export interface ListChange {
  label: string;
  removed: string[];
  added: string[];
  /** Entries that are still in the list, such as a source that is cited for another page. */
  changed: { entry: string; fields: FieldChange[] }[];
}

type Entry = Record<string, unknown>;

/** Labels of fields whose name is not their label. */
const LABELS: Record<string, string> = {
  accessed: 'Read',
  adopted_at: 'Adopted at',
  aliases: 'Also known as',
  archived_url: 'Archived copy',
  asean_co_chair: 'ASEAN seat',
  co_chairs: 'Co-chairs',
  co_hosts: 'Co-hosts',
  copy_of: 'Copy of',
  doi: 'DOI',
  geonames_id: 'GeoNames ID',
  ordinal: 'Number in series',
  participant_count: 'Number of participants',
  plus_co_chair: 'Plus seat',
  proposed_by: 'Proposed by',
  url: 'URL',
};
const DATES = new Set([
  'start',
  'end',
  'adopted',
  'established',
  'dissolved',
  'started',
  'published',
  'accessed',
]);
const ENUMS = new Set(['kind', 'framework', 'status', 'role', 'format', 'confidence']);
/** The fields that a reader looks for first, and last. Others are in alphabetical order between them. */
const FIRST = ['title', 'name', 'kind', 'start', 'end'];
const LAST = ['themes', 'summary', 'note', 'citations', 'slug', 'former_slugs'];
/** The fields that tell the entries of a list apart. */
const KEYS = ['source', 'slug', 'name'];

/** The fields that differ. Absent, null and an empty list are the same. Either content is null if there was no record. */
export function diffRecords(before: unknown, after: unknown): FieldChange[] {
  return diffFields(isEntry(before) ? before : {}, isEntry(after) ? after : {}, '');
}

function diffFields(before: Entry, after: Entry, path: string): FieldChange[] {
  const fields = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return fields
    .sort(byImportance)
    .flatMap((field) =>
      diffField(field, before[field] ?? null, after[field] ?? null, path + label(field, path)),
    );
}

function byImportance(one: string, other: string): number {
  const rank = (field: string) =>
    FIRST.includes(field) ? FIRST.indexOf(field) - FIRST.length : LAST.indexOf(field) + 1;
  return rank(one) - rank(other) || (one < other ? -1 : 1);
}

function diffField(field: string, before: unknown, after: unknown, label: string): FieldChange[] {
  if (isSame(before, after)) return [];
  if (isListOrNull(before) && isListOrNull(after)) return diffLists(field, before ?? [], after ?? [], label);
  if (isEntryOrNull(before) && isEntryOrNull(after))
    return diffFields(before ?? {}, after ?? {}, `${label}: `);
  return [{ label, before: textOrNull(field, before), after: textOrNull(field, after) }];
}

function diffLists(field: string, before: unknown[], after: unknown[], label: string): FieldChange[] {
  const removed = without(before, after);
  const added = without(after, before);
  const changed: ListChange['changed'] = [];
  for (const entry of [...removed]) {
    const key = keyOf(entry);
    const successor = key && added.find((other) => keyOf(other)?.value === key.value);
    if (!key || !isEntry(entry) || !isEntry(successor)) continue;
    removed.splice(removed.indexOf(entry), 1);
    added.splice(added.indexOf(successor), 1);
    changed.push({ entry: text(key.field, key.value), fields: diffFields(entry, successor, '') });
  }
  const texts = (entries: unknown[]) => entries.map((entry) => text(field, entry));
  if (removed.length + added.length + changed.length > 0)
    return [{ label, removed: texts(removed), added: texts(added), changed }];
  if (before.length === 0) return [];
  return [{ label: `${label}: order`, before: texts(before).join(', '), after: texts(after).join(', ') }];
}

/** The entries of a list that another does not have; an entry that is twice in one must be twice in the other. */
function without(entries: unknown[], others: unknown[]): unknown[] {
  const left = others.map(canonical);
  return entries.filter((entry) => {
    const index = left.indexOf(canonical(entry));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

function keyOf(entry: unknown): { field: string; value: unknown } | undefined {
  if (!isEntry(entry)) return undefined;
  const field = KEYS.find((key) => typeof entry[key] === 'string');
  return field === undefined ? undefined : { field, value: entry[field] };
}

/** “Participant count” for `participant_count`; in lower case behind a path. */
function label(field: string, path: string): string {
  const words = LABELS[field] ?? field.replaceAll('_', ' ');
  return path === '' ? words.charAt(0).toUpperCase() + words.slice(1) : words;
}

function textOrNull(field: string, value: unknown): string | null {
  return value === null ? null : text(field, value);
}

/** A value in words. An object is its key and then its other values. */
function text(field: string, value: unknown): string {
  if (typeof value === 'string') {
    if (DATES.has(field)) return formatDate(value);
    return ENUMS.has(field) ? formatEnum(value.toUpperCase().replaceAll('-', '_')) : value;
  }
  if (typeof value === 'number' && field.endsWith('_id')) return String(value);
  if (typeof value === 'number') return value.toLocaleString('en', { maximumFractionDigits: 20 });
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map((entry) => text(field, entry)).join(', ');
  if (!isEntry(value)) return '';
  const key = keyOf(value)?.field;
  const others = Object.keys(value).filter((name) => name !== key && !isAbsent(value[name]));
  return [...(key === undefined ? [] : [key]), ...others.sort(byImportance)]
    .map((name) => text(name, value[name]))
    .join(', ');
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEntryOrNull(value: unknown): value is Entry | null {
  return value === null || isEntry(value);
}

function isListOrNull(value: unknown): value is unknown[] | null {
  return value === null || Array.isArray(value);
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other) || (isAbsent(one) && isAbsent(other));
}

/** Equal for equal values: without absent fields of objects, and whatever the order of the others. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isEntry(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, each]) => !isAbsent(each))
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}

/** A part of a text: in both versions, or only in the older or the newer one. */
export interface TextPart {
  text: string;
  kind: 'same' | 'removed' | 'added';
}

/** Texts with more pairs of words are not compared word by word. */
const MAX_PAIRS = 250_000;

/** The words that differ between two texts; undefined if less than half of the longer one is the same. */
export function diffWords(before: string, after: string): TextPart[] | undefined {
  const [older, newer] = [before.split(/\s+/), after.split(/\s+/)];
  if (older.length * newer.length > MAX_PAIRS) return undefined;
  const words = mergeWords(older, newer);
  const same = words.filter(({ kind }) => kind === 'same').length;
  if (same * 2 < Math.max(older.length, newer.length)) return undefined;
  const parts: TextPart[] = [];
  for (const word of words) {
    const last = parts.at(-1);
    if (last?.kind === word.kind) last.text += ` ${word.text}`;
    else parts.push({ ...word });
  }
  return parts;
}

/** The words of both texts in order, those of their longest common subsequence once. */
function mergeWords(older: string[], newer: string[]): TextPart[] {
  // `lengths[i][j]` is the length of the longest common subsequence of the words from `i` and from `j` on.
  const lengths = Array.from({ length: older.length + 1 }, () => new Uint16Array(newer.length + 1));
  const length = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = older.length - 1; i >= 0; i -= 1)
    for (let j = newer.length - 1; j >= 0; j -= 1)
      lengths[i]![j] =
        older[i] === newer[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1));
  const words: TextPart[] = [];
  let [i, j] = [0, 0];
  while (i < older.length || j < newer.length) {
    const [removed, added] = [older[i], newer[j]];
    if (removed !== undefined && removed === added) {
      words.push({ text: removed, kind: 'same' });
      i += 1;
      j += 1;
    } else if (removed !== undefined && (added === undefined || length(i + 1, j) >= length(i, j + 1))) {
      words.push({ text: removed, kind: 'removed' });
      i += 1;
    } else {
      words.push({ text: added!, kind: 'added' });
      j += 1;
    }
  }
  return words;
}
