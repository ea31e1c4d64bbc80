// Work that is shared among workers.

/** Splits a list in `parts` lists of nearly equal length. */
export function shares<T>(list: readonly T[], parts: number): T[][] {
  return Array.from({ length: parts }, (_, part) => list.filter((_item, i) => i % parts === part)).filter((share) => share.length > 0);
}
