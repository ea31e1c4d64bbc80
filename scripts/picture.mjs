// node scripts/picture.mjs: draws docs/session.svg, the picture of the README, from steps of a tour that is really played.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root, run } from './steps.mjs';

/** The steps that are shown, by their titles. */
const SHOWN = ['Move one end there', 'Look at the end that stayed', 'Try what is not allowed', 'From host to ns1'];

const FONT_SIZE = 13;
const LINE = 19;
/** Width of a character in the fonts below, in parts of their size. */
const ADVANCE = 0.602;
const FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const MARGIN = 20;
const BAR = 34;
/** On a dark panel with a frame, which reads on a light page and on a dark one. */
const COLORS = { panel: '#161b22', bar: '#21262d', frame: '#484f58', text: '#d0d7de', dim: '#9198a1', title: '#ffffff', number: '#56d4dd', command: '#56d4dd' };
const LABEL_END = 15;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Steps of the tour's text: title → lines. A step begins with its number; what follows the last is not part of it. */
function stepsOf(text) {
  const steps = new Map();
  let lines = null;
  for (const line of text.split('\n')) {
    const title = /^ ?\d+ {2}(\S.*)$/.exec(line)?.[1];
    if (title !== undefined) {
      lines = [];
      steps.set(title, lines);
    } else if (/^\S/.test(line)) lines = null;
    lines?.push(line);
  }
  return steps;
}

/** A line in pieces, each with the column it begins at and its colour. */
function pieces(line, label) {
  const heading = /^( ?\d+) {2}(.*)$/.exec(line);
  if (heading)
    return [
      { at: 0, text: heading[1], color: COLORS.number },
      { at: 4, text: heading[2], color: COLORS.title, bold: true },
    ];
  if (label === null) return [{ at: line.search(/\S/), text: line.trimStart(), color: COLORS.text }];
  const content = line.slice(LABEL_END);
  const indent = Math.max(0, content.search(/\S/));
  const isCommand = label === 'ran' || label === 'would run' || label === 'by hand';
  const isRefused = /^not asked|^deny/.test(content);
  const color = isCommand ? COLORS.command : label === 'policy' ? (isRefused ? '#e3b341' : '#7ee787') : COLORS.text;
  return [
    { at: 4, text: line.slice(4, LABEL_END).trim(), color: COLORS.dim },
    { at: LABEL_END + indent, text: content.trimStart(), color },
  ];
}

/** The label that a line stands under; null for prose. */
function labels(lines) {
  let label = null;
  return lines.map((line) => {
    if (line.trim() === '') label = null;
    const own = /^ {4}(call|policy|ran|would run|by hand|saw) {2,}/.exec(line)?.[1];
    if (own !== undefined) label = own;
    return label;
  });
}

function svg(lines) {
  const named = labels(lines);
  const columns = Math.max(...lines.map((line) => line.length));
  const width = Math.ceil(columns * FONT_SIZE * ADVANCE) + 2 * MARGIN;
  const height = BAR + lines.length * LINE + 2 * MARGIN - LINE / 2;
  const x = (column) => (MARGIN + column * FONT_SIZE * ADVANCE).toFixed(1);
  const rows = lines.flatMap((line, row) =>
    pieces(line, named[row])
      .filter(({ text }) => text !== '')
      .map(({ at, text, color, bold }) => {
        const length = (text.length * FONT_SIZE * ADVANCE).toFixed(1);
        return `<text x="${x(at)}" y="${BAR + MARGIN + row * LINE + FONT_SIZE / 2}" textLength="${length}" fill="${color}"${bold ? ' font-weight="bold"' : ''}>${escaped(text)}</text>`;
      }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="${FONTS}" font-size="${FONT_SIZE}" xml:space="preserve">
<title>A part of the tour of netns-mcp</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${COLORS.panel}" stroke="${COLORS.frame}"/>
<path d="M0.5 ${BAR} V8.5 a8 8 0 0 1 8 -8 H${width - 8.5} a8 8 0 0 1 8 8 V${BAR} Z" fill="${COLORS.bar}" stroke="${COLORS.frame}"/>
<text x="${MARGIN}" y="${BAR / 2 + 5}" fill="${COLORS.dim}">$ netns-mcp tour</text>
${rows.join('\n')}
</svg>
`;
}

await ensureInstalled();
await ensureBuilt();
const { code, output } = await run(process.execPath, ['dist/netns-mcp.js', 'tour'], { quiet: true });
if (code !== 0) throw new Error(`the tour failed:\n${output}`);
const steps = stepsOf(output);
const lines = SHOWN.flatMap((title) => {
  const step = steps.get(title);
  if (!step) throw new Error(`the tour has no step "${title}"; it has ${[...steps.keys()].join(', ')}`);
  return [...step.join('\n').trimEnd().split('\n'), ''];
});
writeFileSync(join(root, 'docs', 'session.svg'), svg(lines.slice(0, -1)));
