/** Names that keep their own capitals within the values of an enum. */
const NAMES: Record<string, string> = { ADMM: 'ADMM', ADMM_PLUS: 'ADMM-Plus', ASEAN: 'ASEAN' };

/** An enum's value for people: `FIELD_TRAINING_EXERCISE` is “Field training exercise”. */
export function enumLabel(value: string): string {
  if (value in NAMES) return NAMES[value]!;
  const words = value.toLowerCase().replaceAll('_', ' ');
  return (
    (words[0]?.toUpperCase() ?? '') +
    words.slice(1).replace('expert working', 'Experts’ Working').replace('co chair', 'co-chair')
  );
}

/** A kind of record, in the plural, for headings. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** “A, B and C”. */
export function listed(names: string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
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

/** A date as precise as its source: `2013`, `June 2013` or `17 June 2013`. */
export function dateLabel(date: string | null | undefined): string {
  if (!date) return '';
  const [year, month, day] = date.split('-');
  return [day && Number(day), month && MONTHS[Number(month) - 1], year].filter(Boolean).join(' ');
}

/** From when to when. */
export function periodLabel(start: string | null | undefined, end: string | null | undefined): string {
  if (start && end) {
    if (start === end) return dateLabel(start);
    const [year, month, day] = start.split('-');
    const [endYear, endMonth, endDay] = end.split('-');
    if (!month && !endMonth) return `${start}–${end}`;
    if (year !== endYear || !month || !endMonth) return `${dateLabel(start)} – ${dateLabel(end)}`;
    if (!day || !endDay) return `${MONTHS[Number(month) - 1]} – ${dateLabel(end)}`;
    if (month === endMonth) return `${Number(day)}–${dateLabel(end)}`;
    return `${Number(day)} ${MONTHS[Number(month) - 1]} – ${dateLabel(end)}`;
  }
  if (start) return dateLabel(start);
  return end ? `until ${dateLabel(end)}` : '';
}

/** A share as a whole or tenth of a per cent. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined
    ? ''
    : share.toLocaleString('en', { style: 'percent', maximumFractionDigits: 1 });
}
