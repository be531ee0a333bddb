/** A font of the charts. `size` is in pixels. */
interface Font {
  size?: number;
  bold?: boolean;
}

const canvas = document.createElement('canvas').getContext('2d')!;
const widths = new Map<string, number>();

/** The width of a text in a chart, in pixels. */
export function textWidth(text: string, { size = 13, bold = false }: Font = {}): number {
  const key = `${size} ${bold} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    canvas.font = `${bold ? 600 : 400} ${size}px ${getComputedStyle(document.documentElement).fontFamily}`;
    width = canvas.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}

/** Cuts a text that is wider than `maxWidth` pixels, with an ellipsis. */
export function truncate(text: string, maxWidth: number, font: Font = {}): string {
  if (textWidth(text, font) <= maxWidth) return text;
  let end = text.length - 1;
  while (end > 1 && textWidth(`${text.slice(0, end).trimEnd()}…`, font) > maxWidth) end -= 1;
  return `${text.slice(0, end).trimEnd()}…`;
}

/** Wraps a text to at most `maxLines` lines of at most `maxWidth` pixels. Longer lines are cut with an ellipsis. */
export function wrapLines(text: string, maxWidth: number, maxLines: number, font: Font = {}): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (lines.length === maxLines || textWidth(line, font) <= maxWidth || !lines.at(-1))
      lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.map((line) => truncate(line, maxWidth, font));
}
