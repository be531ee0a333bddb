/** What a picture shows, as rows: for the table below it and for its file. */
export interface Table {
  columns: { label: string; numeric?: boolean }[];
  rows: { cells: (string | number | null)[]; href?: string | undefined }[];
}

/** A table as RFC 4180 has it. A text that a spreadsheet would run as a formula gets an apostrophe before it. */
export function csv({ columns, rows }: Table): string {
  return [columns.map(({ label }) => label), ...rows.map(({ cells }) => cells)]
    .map((cells) => cells.map(field).join(','))
    .join('\r\n')
    .concat('\r\n');
}

function field(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
