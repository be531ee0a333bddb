/** Enum values whose label is not their name in lower case. */
const PROPER_NAMES: Record<string, string> = { ADMM: 'ADMM', ADMM_PLUS: 'ADMM-Plus', ASEAN: 'ASEAN' };

/** The label of an enum value: “Field training exercise” for `FIELD_TRAINING_EXERCISE`. */
export function formatEnum(value: string): string {
  if (value in PROPER_NAMES) return PROPER_NAMES[value]!;
  const words = value.toLowerCase().replaceAll('_', ' ');
  return (
    (words[0]?.toUpperCase() ?? '') +
    words.slice(1).replace('expert working', 'Experts’ Working').replace('co chair', 'co-chair')
  );
}

/** The status of an event behind its date or title, if it was not held: “ (announced)”. */
export function formatStatus(status: string): string {
  return status === 'HELD' ? '' : ` (${formatEnum(status).toLowerCase()})`;
}

const LANGUAGES = new Intl.DisplayNames('en', { type: 'language' });

/** The English name of a language: “Vietnamese” for `vi`. */
export function formatLanguage(tag: string | null | undefined): string {
  return tag ? (LANGUAGES.of(tag) ?? tag) : '';
}

/** Splits a camel-case name into lower-case words: “work programme” for `WorkProgramme`. */
export function splitWords(name: string, separator = ' '): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, separator).toLowerCase();
}

/** “1 event”, “1,234 events”. */
export function formatCount(number: number, singular: string, plural = `${singular}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? singular : plural}`;
}

/** “A, B and C”. */
export function formatList(names: string[], conjunction: 'and' | 'or' = 'and'): string {
  return names.length < 2
    ? (names[0] ?? '')
    : `${names.slice(0, -1).join(', ')} ${conjunction} ${names.at(-1)}`;
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** An EDTF date at its own precision: `2013`, `June 2013` or `17 June 2013`. */
export function formatDate(date: string | null | undefined): string {
  if (!date) return '';
  const [year, month, day] = date.split('-');
  return [day && Number(day), month && MONTHS[Number(month) - 1], year].filter(Boolean).join(' ');
}

/** A period as short as its dates allow: `17–19 June 2013`, `June – July 2013`, `2013–2015`. */
export function formatPeriod(start: string | null | undefined, end: string | null | undefined): string {
  if (start && end) {
    if (start === end) return formatDate(start);
    const [year, month, day] = start.split('-');
    const [endYear, endMonth, endDay] = end.split('-');
    if (!month && !endMonth) return `${start}–${end}`;
    if (year !== endYear || !month || !endMonth) return `${formatDate(start)} – ${formatDate(end)}`;
    if (!day || !endDay) return `${MONTHS[Number(month) - 1]} – ${formatDate(end)}`;
    if (month === endMonth) return `${Number(day)}–${formatDate(end)}`;
    return `${Number(day)} ${MONTHS[Number(month) - 1]} – ${formatDate(end)}`;
  }
  if (start) return formatDate(start);
  return end ? `until ${formatDate(end)}` : '';
}

/** A share between 0 and 1 as a percentage with at most one decimal. */
export function formatPercent(share: number | null | undefined): string {
  return share === null || share === undefined
    ? ''
    : share.toLocaleString('en', { style: 'percent', maximumFractionDigits: 1 });
}
