// Paging of a list by an opaque cursor that survives changes of the list: it names the last item seen, not a position.
import { fail } from '../model/errors.js';
import { visible } from '../model/text.js';

/**
 * One page of items sorted by a numeric key.
 * @param cursor From an earlier page; undefined is the first.
 * @throws NetnsError INVALID_INPUT when the cursor is none of ours.
 */
export function page<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => number,
  cursor: string | undefined,
  limit: number,
): { items: Item[]; next_cursor?: string } {
  const after = cursor === undefined ? Number.NEGATIVE_INFINITY : Number(/^after:(\d+)$/.exec(cursor)?.[1] ?? Number.NaN);
  if (Number.isNaN(after))
    return fail('INVALID_INPUT', `"${visible(cursor ?? '')}" is not a cursor of this tool.`, 'Pass next_cursor of the page before, or leave it out.', {
      cursor,
    });
  const rest = [...items].sort((a, b) => keyOf(a) - keyOf(b)).filter((item) => keyOf(item) > after);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  return rest.length > shown.length && last !== undefined ? { items: shown, next_cursor: `after:${keyOf(last)}` } : { items: shown };
}
