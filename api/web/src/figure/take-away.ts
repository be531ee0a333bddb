import type { PersistedDocument } from '../api/document';

/** Hands a file to the reader. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The address at which GraphiQL opens a query. */
export function graphiqlAddress({ text }: PersistedDocument<unknown, never>, variables: unknown): string {
  return `/graphiql#${new URLSearchParams({ query: text, variables: JSON.stringify(variables, null, 2) })}`;
}

/** A query as a line for a shell. */
export function curl({ text: query }: PersistedDocument<unknown, never>, variables: unknown): string {
  const body = JSON.stringify({ query, variables }).replaceAll("'", "'\\''");
  return `curl ${location.origin}/graphql -H 'Content-Type: application/json' -d '${body}'`;
}

/** What of a picture's style goes into its file, where no style sheet reaches it. */
const STYLE = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'font-style',
  'text-anchor',
  'dominant-baseline',
] as const;

/** A picture as a file of its own: title and caption in it, styles at each mark, links to the page. */
export function standaloneSvg(picture: SVGSVGElement, title: string, caption: string): string {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const originals = [picture, ...picture.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  originals.forEach((original, index) => {
    const style = getComputedStyle(original);
    const target = copies[index]!;
    target.removeAttribute('class');
    for (const property of STYLE) {
      const value = style.getPropertyValue(property);
      if (value) target.setAttribute(property, value);
    }
    const href = target.getAttribute('href');
    if (target.tagName === 'a' && href) target.setAttribute('href', new URL(href, location.href).href);
    for (const name of ['data-tip', 'tabindex', 'role']) target.removeAttribute(name);
  });
  const [width, height] = [picture.width.baseVal.value, picture.height.baseVal.value];
  const root = getComputedStyle(document.documentElement);
  const lines = wrapped(caption, Math.floor(width / 6.4));
  const [top, bottom] = [40, lines.length * 17 + 20];
  copy.setAttribute('y', String(top));
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const whole = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  whole.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  whole.setAttribute('width', String(width));
  whole.setAttribute('height', String(height + top + bottom));
  whole.setAttribute('viewBox', `0 0 ${width} ${height + top + bottom}`);
  const add = (name: string, attributes: Record<string, string | number>, text = '') => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    element.textContent = text;
    whole.append(element);
  };
  const ink = root.getPropertyValue('--ink');
  const font = { fill: ink, 'font-family': 'system-ui, sans-serif' };
  add('rect', { width: '100%', height: '100%', fill: root.getPropertyValue('--paper') });
  add('text', { ...font, x: 0, y: 22, 'font-size': 18, 'font-weight': 600 }, title);
  lines.forEach((line, index) =>
    add('text', { ...font, x: 0, y: top + height + 20 + index * 17, 'font-size': 12 }, line),
  );
  whole.append(copy);
  return new XMLSerializer().serializeToString(whole);
}

function wrapped(text: string, longest: number): string[] {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length > longest && lines.at(-1)) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

/** How many dots of the file stand for one of the page. */
const SHARPNESS = 2;

/** An SVG as a PNG. */
export async function png(svg: string): Promise<Blob> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  image.src = url;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * SHARPNESS;
  canvas.height = image.naturalHeight * SHARPNESS;
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large.'))),
      'image/png',
    ),
  );
}
