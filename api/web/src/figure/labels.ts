/** A font as the pictures write: its size in pixels, and whether it is bold. */
interface Font {
  size?: number;
  bold?: boolean;
}

const canvas = document.createElement('canvas').getContext('2d')!;
const widths = new Map<string, number>();

/** How wide a text is as a picture writes it, in pixels. */
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

/** A text cut with an ellipsis where it is wider than its place. */
export function cut(text: string, room: number, font: Font = {}): string {
  if (textWidth(text, font) <= room) return text;
  let end = text.length - 1;
  while (end > 1 && textWidth(`${text.slice(0, end).trimEnd()}…`, font) > room) end -= 1;
  return `${text.slice(0, end).trimEnd()}…`;
}

/** A text as at most `most` lines of a width; what is left over is cut with an ellipsis. */
export function lines(text: string, room: number, most: number, font: Font = {}): string[] {
  const found: string[] = [''];
  for (const word of text.split(' ')) {
    const line = `${found.at(-1)} ${word}`.trim();
    if (found.length === most || textWidth(line, font) <= room || !found.at(-1))
      found[found.length - 1] = line;
    else found.push(word);
  }
  return found.map((line) => cut(line, room, font));
}
