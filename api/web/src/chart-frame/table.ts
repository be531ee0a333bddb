/** The data of a chart, for its table view and its CSV file. */
export interface Table {
  columns: { label: string; numeric?: boolean }[];
  rows: { cells: (string | number | null)[]; href?: string | undefined }[];
}

/** A table as CSV (RFC 4180). A text that a spreadsheet would run as a formula gets a leading apostrophe. */
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
