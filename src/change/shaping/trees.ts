// All that shapes a link in one direction: what hangs on its root, or on its ingress, as one object that is made and taken away whole.
import { z } from 'zod';
import { INGRESS_PARENT } from '../../kernel/sections/shaping.js';
import { Shaping } from '../../model/objects.js';
import { spellFilter } from './filters.js';
import { burstOfTicks } from './numbers.js';
import { QDISCS, spellClass } from './qdiscs.js';

/** Where it is attached. */
export const SIDES = ['root', 'ingress'] as const;
export type Side = (typeof SIDES)[number];

export const ShapingTree = z.object({
  device: z.string(),
  side: z.enum(SIDES),
  /** The qdisc that is attached comes first. */
  rows: z.array(Shaping),
});
export type ShapingTree = z.infer<typeof ShapingTree>;

function sideOf({ object, parent }: Shaping): Side {
  if (object === 'qdisc') return parent === INGRESS_PARENT ? 'ingress' : 'root';
  return ['ffff:', 'ingress', 'egress'].includes(parent) ? 'ingress' : 'root';
}

const major = (handle: string) => `${handle.split(':')[0]}:`;

/** Each after what it hangs on; filters last, in the order in which they are asked. */
function inMakingOrder(rows: readonly Shaping[]): Shaping[] {
  const waiting = rows.filter(({ object }) => object !== 'filter');
  const qdiscs = new Map(waiting.filter(({ object }) => object === 'qdisc').map(({ handle, kind }) => [handle, kind]));
  const done: Shaping[] = [];
  // The classes of other kinds than htb are there with their qdisc.
  const isReady = ({ parent }: Shaping) =>
    parent === 'root' ||
    parent === INGRESS_PARENT ||
    done.some(({ handle }) => handle === parent || (handle === major(parent) && qdiscs.get(handle) !== 'htb'));
  for (let at = waiting.findIndex(isReady); at >= 0; at = waiting.findIndex(isReady)) done.push(...waiting.splice(at, 1));
  return [...done, ...waiting, ...rows.filter(({ object }) => object === 'filter')];
}

/** The trees of some rows. */
export function treesOf(rows: readonly Shaping[]): ShapingTree[] {
  const trees: ShapingTree[] = [];
  for (const row of rows) {
    const tree = trees.find(({ device, side }) => device === row.device && side === sideOf(row));
    if (tree) tree.rows.push(row);
    else trees.push({ device: row.device, side: sideOf(row), rows: [row] });
  }
  return trees.map((tree) => ({ ...tree, rows: inMakingOrder(tree.rows) }));
}

/** The tree on one side of a link; null when nobody configured one. */
export function treeOn(rows: readonly Shaping[], device: string, side: Side): ShapingTree | null {
  return treesOf(rows).find((tree) => tree.device === device && tree.side === side) ?? null;
}

/** The kind of qdisc that is attached. */
export function kindOfTree({ rows }: ShapingTree): string {
  return rows[0]?.kind ?? '';
}

/** The words for one row, from its kind on; null when it cannot be made again. */
export function spell({ object, kind, handle, options }: Shaping): string[] | null {
  if (object === 'class') return spellClass(options, burstOfTicks);
  return object === 'qdisc' ? (QDISCS[kind]?.(options) ?? null) : spellFilter(kind, handle, options);
}

/** What of a tree could not be made again: a clause, or null. */
export function lackOfTree({ rows }: ShapingTree): string | null {
  const strange = rows.find((row) => spell(row) === null);
  return strange ? `the ${strange.object} ${`${strange.kind} ${strange.handle}`.trim()} has settings that this server does not know` : null;
}

function parentWords({ object, parent }: Shaping): string[] {
  if (parent === 'root' || parent === 'ingress' || parent === 'egress') return [parent];
  // `ingress` and `clsact` say themselves where they hang.
  return object === 'qdisc' && parent === INGRESS_PARENT ? [] : ['parent', parent];
}

function identity({ object, handle, parent }: Shaping): string[] {
  if (object === 'class') return ['classid', handle];
  return object === 'qdisc' && parent !== INGRESS_PARENT ? ['handle', handle] : [];
}

/** The commands of tc that make a tree. @param verb For the qdisc that is attached: `replace` takes the place of one that has another handle. */
export function treeCommands({ device, rows }: ShapingTree, verb: 'add' | 'replace' = 'add', deviceArgument = device): string[][] {
  return rows.flatMap((row, i) => {
    const words = spell(row);
    if (words === null) return [];
    return [[row.object, i === 0 ? verb : 'add', 'dev', deviceArgument, ...parentWords(row), ...identity(row), ...words]];
  });
}

/** The command that takes a tree away. */
export function treeRemoval(tree: ShapingTree, deviceArgument = tree.device): string[] {
  return ['qdisc', 'delete', 'dev', deviceArgument, tree.side === 'root' ? 'root' : kindOfTree(tree)];
}

/** What has to be equal for two trees to be the same: what would be said to make them, and the rows for which nothing can be said as they are. */
export function treeFacts({ rows }: ShapingTree): Record<string, string> {
  return Object.fromEntries(
    rows.map((row, i) => {
      const { object, kind, handle, parent, options } = row;
      const words = spell(row) ?? [kind, JSON.stringify(options)];
      // Of filters also the order counts.
      return [`${object} ${object === 'filter' ? i : handle} on ${parent === INGRESS_PARENT ? 'ingress' : parent}`, words.join(' ')];
    }),
  );
}

/** A tree for a person: a line for each part, in the words of tc(8). */
export function tellTree({ rows }: ShapingTree): string[] {
  return rows.map((row) => {
    const { object, handle, parent, kind } = row;
    const name = object === 'filter' ? [] : [handle];
    return [object, ...name, 'on', parent === INGRESS_PARENT ? 'ingress' : parent, ...(spell(row) ?? [kind, '…'])].join(' ');
  });
}
