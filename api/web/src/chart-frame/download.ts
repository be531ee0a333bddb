/** Saves a file through the browser. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The style properties that are copied into a chart's SVG file, which has no style sheet. */
const STYLE_PROPERTIES = [
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

/** A chart as a self-contained SVG file with title and caption, inline styles and absolute links. */
export function standaloneSvg(chart: SVGSVGElement, title: string, caption: string): string {
  const copy = chart.cloneNode(true) as SVGSVGElement;
  const originals = [chart, ...chart.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  originals.forEach((original, index) => {
    const style = getComputedStyle(original);
    const target = copies[index]!;
    target.removeAttribute('class');
    for (const property of STYLE_PROPERTIES) {
      const value = style.getPropertyValue(property);
      if (value) target.setAttribute(property, value);
    }
    const href = target.getAttribute('href');
    if (target.tagName === 'a' && href) target.setAttribute('href', new URL(href, location.href).href);
    for (const name of ['data-tooltip', 'tabindex', 'role']) target.removeAttribute(name);
  });
  const [width, height] = [chart.width.baseVal.value, chart.height.baseVal.value];
  const root = getComputedStyle(document.documentElement);
  const lines = wrapText(caption, Math.floor(width / 6.4));
  const [top, bottom] = [40, lines.length * 17 + 20];
  copy.setAttribute('y', String(top));
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('width', String(width));
  svg.setAttribute('height', String(height + top + bottom));
  svg.setAttribute('viewBox', `0 0 ${width} ${height + top + bottom}`);
  const add = (name: string, attributes: Record<string, string | number>, text = '') => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    element.textContent = text;
    svg.append(element);
  };
  const textColour = root.getPropertyValue('--text');
  const font = { fill: textColour, 'font-family': 'system-ui, sans-serif' };
  add('rect', { width: '100%', height: '100%', fill: root.getPropertyValue('--surface') });
  add('text', { ...font, x: 0, y: 22, 'font-size': 18, 'font-weight': 600 }, title);
  lines.forEach((line, index) =>
    add('text', { ...font, x: 0, y: top + height + 20 + index * 17, 'font-size': 12 }, line),
  );
  svg.append(copy);
  return new XMLSerializer().serializeToString(svg);
}

function wrapText(text: string, maxLength: number): string[] {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length > maxLength && lines.at(-1)) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

/** Pixels of a PNG per CSS pixel. */
const PIXEL_RATIO = 2;

/** Renders an SVG as PNG. */
export async function png(svg: string): Promise<Blob> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  image.src = url;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * PIXEL_RATIO;
  canvas.height = image.naturalHeight * PIXEL_RATIO;
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The chart is too large for a PNG file.'))),
      'image/png',
    ),
  );
}
