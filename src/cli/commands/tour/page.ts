// How the tour looks: for a person in a terminal, and as lines of JSON for programs.
import { commandLine } from '../../../model/text.js';
import { painter, type Style } from '../../output.js';
import type { Played } from './play.js';

const MARGIN = '    ';
const LABEL_WIDTH = 11;
const MOST_COLUMNS = 92;
const LEAST_COLUMNS = 60;

type Paint = (style: Style, text: string) => string;

/** How wide the page is here. */
export function pageWidth(columns: number = process.stdout.columns ?? MOST_COLUMNS): number {
  return Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, columns));
}

/** Breaks a text at its blanks, so that no line is longer than `width`; a longer word stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A text as a paragraph in the margin. */
export function paragraph(text: string, width: number = pageWidth()): string {
  return wrap(text, width - MARGIN.length)
    .map((line) => MARGIN + line)
    .join('\n');
}

/** A word in the margin, and beside it what there is to say of it. */
export function columnOf(word: string, wordWidth: number, text: string, width: number = pageWidth()): string[] {
  return wrap(text, width - MARGIN.length - wordWidth).map((line, at) => MARGIN + (at === 0 ? word : '').padEnd(wordWidth) + line);
}

/** Lines under a label in the margin. */
function labelled(label: string, lines: readonly string[], paint: Paint, style: Style | null): string[] {
  return lines.map((line, at) => `${MARGIN}${paint('dim', (at === 0 ? label : '').padEnd(LABEL_WIDTH))}${style === null ? line : paint(style, line)}`);
}

/** JSON in one line, with blanks to break it at. A line feed in a text is an escape: those that are there come from the layout. */
function spacedJson(value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replace(/([[{])\n\s*|\n\s*(?=[\]}])/g, '$1')
    .replace(/\n\s*/g, ' ');
}

/** A step, for a person. Commands are never broken: they are there to be copied. */
export function stepPage({ step, number, call, answer, byHand, sight }: Played, color: boolean, width: number = pageWidth()): string {
  const paint = painter(color);
  const room = width - MARGIN.length - LABEL_WIDTH;
  const wrapped = (lines: readonly string[]) => lines.flatMap((line) => (line.startsWith(' ') ? [line] : hanging(line, room)));
  const { background } = step;
  const isDryRun = call.arguments['dry_run'] === true;
  const lines = [
    `${paint('cyan', String(number).padStart(2))}  ${paint('bold', step.title)}`,
    ...(background ? labelled('meanwhile', hanging(`${background.tool} ${spacedJson(background.arguments)}`, room), paint, null) : []),
    ...labelled('call', hanging(`${call.tool} ${spacedJson(call.arguments)}`, room), paint, null),
    ...(answer === null ? [] : labelled('policy', [decisionText(answer.decision, answer.isError)], paint, answer.isError ? 'yellow' : 'green')),
    ...labelled(isDryRun ? 'would run' : 'ran', answer?.commands.map(commandLine) ?? [], paint, 'cyan'),
    ...labelled('by hand', byHand, paint, 'cyan'),
  ];
  if (typeof sight === 'string') {
    return [
      ...lines,
      ...labelled('wrong', wrapped(sight.split('\n')), paint, 'red'),
      ...labelled('saw', wrapped((answer?.text ?? 'no answer').split('\n')), paint, 'red'),
    ].join('\n');
  }
  return [
    ...lines,
    ...labelled('saw', wrapped(sight.shows), paint, null),
    ...(step.endsBackground ? labelled('then', ['the call in the background is cancelled'], paint, null) : []),
    '',
    paragraph(sight.says, width),
  ].join('\n');
}

/** Wraps a line; what follows its first part is set in a little. */
function hanging(line: string, width: number): string[] {
  return wrap(line, width - 2).map((part, at) => (at === 0 ? part : `  ${part}`));
}

function decisionText(decision: { effect: string; rule: string | null } | null, isRefused: boolean): string {
  if (decision !== null) return `${decision.effect}${decision.rule === null ? '' : ` by rule ${decision.rule}`}`;
  return isRefused ? 'not asked: refused before' : 'not asked';
}

/** A step as a line of JSON. */
export function stepJson({ step: { title }, number, call, answer, byHand, sight }: Played): string {
  const isAsExpected = typeof sight !== 'string';
  return JSON.stringify({
    step: number,
    title,
    call,
    decision: answer?.decision ?? null,
    commands: answer?.commands ?? [],
    by_hand: byHand,
    answer: answer?.value ?? null,
    explanation: isAsExpected ? sight.says : null,
    ...(isAsExpected ? {} : { wrong: sight }),
    ok: isAsExpected,
  });
}
