// Work that is shared among workers.
import { availableParallelism } from 'node:os';

/** Processes at once, per processor: they mostly wait for the kernel. */
const PER_PROCESSOR = 2;

/** Splits a list in `parts` lists of nearly equal length. */
export function shares<T>(list: readonly T[], parts: number): T[][] {
  return Array.from({ length: parts }, (_, part) => list.filter((_item, i) => i % parts === part)).filter((share) => share.length > 0);
}

interface SideBySide {
  /** So many at a time. */
  most?: number;
  /** Asked before each: what is under way goes on to its end, nothing more is begun. */
  isOver?: () => boolean;
}

/** Does something for each item, several at a time. */
export async function sideBySide<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  { most = availableParallelism() * PER_PROCESSOR, isOver = () => false }: SideBySide = {},
): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined && !isOver(); item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
}
