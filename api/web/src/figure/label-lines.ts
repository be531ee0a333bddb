/** Breaks a label into at most `most` lines of about `longest` characters; what is left over is cut with an ellipsis. */
export function labelLines(label: string, longest: number, most = 2): string[] {
  const lines: string[] = [''];
  for (const word of label.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length <= longest || !lines.at(-1)) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  const shown = lines.slice(0, most);
  const last = shown.at(-1)!;
  if (lines.length > most) shown[shown.length - 1] = `${last.slice(0, Math.max(longest - 1, 1))}…`;
  return shown.map((line) => (line.length > longest + 1 ? `${line.slice(0, longest - 1)}…` : line));
}
