// Reading YAML of unknown origin: one document of plain values, not nested deep, with the line of everything in it.
import { Composer, type CST, type Document, isAlias, LineCounter, Parser, visit } from 'yaml';
import { visible } from '../model/text.js';

/** What is wrong in a file, and where. */
export interface Problem {
  /** From 1. */
  line: number;
  message: string;
}

/** A document that was read whole. */
export interface Read {
  document: Document.Parsed;
  /** The line of an offset into the text, from 1. */
  lineAt(offset: number): number;
}

/** A policy is nested four deep. The composer recurses, and far down not even its errors are safe: V8 aborts when it compiles a regular expression there. */
const DEEPEST = 30;

const OPTIONS = { prettyErrors: false, uniqueKeys: true, strict: true, version: '1.2', schema: 'core', resolveKnownTags: false } as const;

/** Reads one document, or says all that is wrong with the text. */
export function readYaml(text: string): Read | { problems: Problem[] } {
  const lines = new LineCounter();
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const tokens = Array.from(new Parser(lines.addNewLine).parse(text));
  const tooDeep = firstBelow(tokens, DEEPEST);
  if (tooDeep) return { problems: [{ line: lineAt(tooDeep.offset), message: `it is nested more than ${DEEPEST} deep` }] };

  const [document, second] = new Composer(OPTIONS).compose(tokens, true, text.length);
  if (!document) return { problems: [{ line: 1, message: 'there is no document in it' }] };
  const problems: Problem[] = [...document.errors, ...document.warnings].map(({ pos, message }) => ({ line: lineAt(pos[0]), message: visible(message) }));
  if (second) problems.push({ line: lineAt(second.range[0]), message: 'a second document: a policy is one' });
  visit(document, (_, node) => {
    if (isAlias(node)) problems.push({ line: lineAt(node.range?.[0] ?? 0), message: 'aliases are not taken: write it out' });
  });
  return problems.length > 0 ? { problems } : { document, lineAt };
}

/** The first token that lies deeper than a level, or null. */
function firstBelow(tokens: readonly CST.Token[], level: number): CST.Token | null {
  let here: readonly CST.Token[] = tokens;
  for (let depth = 0; depth <= level && here.length > 0; depth++) here = here.flatMap(inside);
  return here[0] ?? null;
}

function inside(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [...(key ? [key] : []), ...(value ? [value] : [])]);
}
