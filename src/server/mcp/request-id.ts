// The id of a request that is too long to be parsed, from its two ends: some clients write it first, others last.

/** Null when it is not to be found. */
export type RequestId = string | number | null;

/** What matters for the depth: strings, whole; brackets; and the rest by the stretch. A string that is cut off matches nothing. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^"{}[\]]+/sy;
const VALUE = '("(?:[^"\\\\]|\\\\.)*"|-?\\d+)';
const VALUE_AFTER = new RegExp(`\\s*:\\s*${VALUE}(?=\\s*[,}])`, 'sy');
/** One bracket ends the line, so it is the message's own. */
const AT_THE_END = new RegExp(`[{,]\\s*"id"\\s*:\\s*${VALUE}\\s*(?:,\\s*"jsonrpc"\\s*:\\s*"2\\.0"\\s*)?\\}\\s*$`, 's');

function parsed(value: string | undefined): RequestId {
  try {
    const id: unknown = JSON.parse(value ?? 'null');
    return typeof id === 'string' || typeof id === 'number' ? id : null;
  } catch {
    return null;
  }
}

/** The value of the member `id` of the outermost object, as text. */
function valueIn(head: string): string | undefined {
  let depth = 0;
  for (TOKEN.lastIndex = 0; ; ) {
    const [token] = TOKEN.exec(head) ?? [];
    if (token === undefined) return undefined;
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    if (token !== '"id"' || depth !== 1) continue;
    VALUE_AFTER.lastIndex = TOKEN.lastIndex;
    const value = VALUE_AFTER.exec(head)?.[1];
    if (value !== undefined) return value;
  }
}

/** The id of a message of which these are the first and the last characters. */
export function idOf(head: string, tail: string): RequestId {
  return parsed(valueIn(head) ?? AT_THE_END.exec(tail)?.[1]);
}
