// The text of nftables as far as it has to be understood without nft: where comments and strings end, and where one statement ends.

export const NFT_FAMILIES = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'] as const;

/** A command of a ruleset, or a whole block in braces. */
export interface Statement {
  /** As it is written. */
  text: string;
  /** On one line, without comments, and with every string as `""`: nothing in it was written by somebody to be read as something else. */
  bare: string;
  /** At which it begins, from 1. */
  line: number;
}

/** nft(8), lexical conventions: strings in double quotes, without escapes and perhaps over several lines; `#` up to the end of the line; lines that go on after a backslash. */
const TOKEN = /"[^"]*"|#[^\n]*|\\\n|[{}\n;]|[^"#\\{}\n;]+|./gs;

/** Takes a ruleset apart into its outermost statements. What nft would not accept need not come out as anything sensible. */
export function statementsOf(text: string): Statement[] {
  const found: Statement[] = [];
  let depth = 0;
  let start = 0;
  let bare = '';
  const close = (end: number) => {
    const written = text.slice(start, end);
    if (bare.trim() !== '') {
      const line = text.slice(0, start + written.length - written.trimStart().length).split('\n').length;
      found.push({ text: written.trim(), bare: bare.replace(/\s+/g, ' ').trim(), line });
    }
    bare = '';
    start = end + 1;
  };
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (depth === 0 && (token === '\n' || token === ';')) {
      close(index);
      continue;
    }
    if (token === '{') depth++;
    if (token === '}') depth = Math.max(0, depth - 1);
    if (token.startsWith('"') && token.length > 1) bare += '""';
    else bare += token.startsWith('#') || token === '\\\n' ? ' ' : token;
  }
  close(text.length);
  return found;
}

/** A table by which nftables tells it from others. */
export interface TableName {
  family: string;
  name: string;
}

/** `inet fw` */
export function tableKey({ family, name }: TableName): string {
  return `${family} ${name}`;
}

/** Names that nft reads back as it prints them (string, src/scanner.l of nftables). */
const BLOCK = new RegExp(`^table (?:(${NFT_FAMILIES.join('|')}) )?([A-Za-z_.][A-Za-z0-9_./-]*) ?\\{(.*)\\}$`);

/** The table that a statement defines as a block, and what is in it; null when it does something else. */
export function tableBlock({ bare }: Pick<Statement, 'bare'>): (TableName & { body: string }) | null {
  const [, family = 'ip', name, body = ''] = BLOCK.exec(bare) ?? [];
  return name === undefined ? null : { family, name, body };
}

/** True when loading it would read a file. @param bare Of a statement. */
export function readsFiles(bare: string): boolean {
  return /(^|[^\w./$-])include($|[^\w./-])/.test(bare);
}
