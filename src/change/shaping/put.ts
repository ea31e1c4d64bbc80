// Putting a tree of qdiscs on a link, or taking it away: what the operations of shaping share.
import { z } from 'zod';
import { INGRESS_PARENT } from '../../kernel/sections/shaping.js';
import { placeName } from '../../model/change.js';
import { fail } from '../../model/errors.js';
import { LinkReference } from '../../model/names.js';
import type { Section, Shaping } from '../../model/snapshot.js';
import { ALREADY_SO, type Decided, linkAt, step } from '../operation.js';
import { InNamespace } from '../parts/inputs.js';
import type { Foreseen } from '../plan/foreseen.js';
import { linkArgument, type World } from '../plan/world.js';
import { areSameWords, isSameWord } from './numbers.js';
import { kindOfTree, lackOfTree, type ShapingTree, type Side, spell, tellTree, treeCommands, treeOn, treeRemoval, treesOf } from './trees.js';

export const ON_LINK = { namespace: InNamespace, link: LinkReference };
export const Replace = z.boolean().default(false).describe('Put it in the place of shaping of another kind');
/** Bits per second, as tc(8) counts: 1 Mbit is 1,000,000. */
export const RateBits = z.number().int().min(8).max(1e12).describe('Bits per second');
export const BurstBytes = z.number().int().min(100).max(0x7fff_ffff);

const SHAPING_NEEDS = ['links', 'shaping'] as const satisfies readonly Section[];
interface OnLink {
  namespace: string;
  link: string;
}

/** A tree that is to be on one side of a link. */
export interface WantedTree {
  side: Side;
  /** It, with a given handle for the qdisc that is attached. */
  build(device: string, handle: string): ShapingTree;
  /** True when what is there is of the same sort, and is adjusted without being asked for. */
  adjusts(found: ShapingTree): boolean;
}

/** Words in pairs after the first, all of which the other has as well: what is left out tc chooses. */
function covers(found: readonly string[], [kind, ...wanted]: readonly string[]): boolean {
  if (found[0] !== kind) return false;
  return wanted.every((word, i) => i % 2 === 1 || isSameWord(wanted[i + 1] ?? '', found[found.indexOf(word, 1) + 1] ?? ''));
}

function isSameRow(found: Shaping, wanted: Shaping): boolean {
  if (found.object !== wanted.object || found.parent !== wanted.parent) return false;
  if (wanted.object !== 'filter' && found.handle !== wanted.handle) return false;
  const [there, asked] = [spell(found), spell(wanted)];
  if (there === null || asked === null) return false;
  return asked[0] === 'htb' ? covers(there, asked) : areSameWords(there, asked);
}

function isSameTree(found: ShapingTree, wanted: ShapingTree): boolean {
  return found.rows.length === wanted.rows.length && wanted.rows.every((row) => found.rows.some((known) => isSameRow(known, row)));
}

/** With another handle than the one that is there a new qdisc takes its place at once, and nothing of the old one's settings stays (qdisc_graft, net/sched/sch_api.c). */
function freeHandle(found: ShapingTree | null, side: Side): string {
  if (side === 'ingress') return 'ffff:';
  return found?.rows[0]?.handle === '1:' ? '2:' : '1:';
}

function find(world: World, { namespace, link }: OnLink, side: Side) {
  const on = world.link(namespace, link);
  return { on, device: linkArgument(on, world.links(namespace)), found: treeOn(world.state(namespace).shaping ?? [], on.name, side) };
}

/** What goes with a tree that is replaced. */
function lossOf(found: ShapingTree | null): Pick<Decided, 'loses' | 'undoable'> {
  const lack = found && lackOfTree(found);
  const options = found?.rows[0]?.options['delay'];
  const hasJitter = z.looseObject({ jitter: z.number().min(1e-9) }).safeParse(options).success;
  return {
    loses: [...(lack ? [lack] : []), ...(hasJitter ? ['the distribution of its delay, should it have had one: the kernel does not tell'] : [])],
    undoable: !lack,
  };
}

/** @throws NetnsError OBJECT_EXISTS when something else shapes the link on that side. */
export function planTree(input: OnLink & { replace: boolean }, world: World, { side, build, adjusts }: WantedTree): Decided {
  const { on, device, found } = find(world, input, side);
  const place = world.at(input.namespace);
  const tc = (args: string[]) => step(place, args, { program: 'tc' });
  if (found && isSameTree(found, build(on.name, found.rows[0]?.handle ?? ''))) return ALREADY_SO;
  if (found && !adjusts(found) && !input.replace) {
    return fail(
      'OBJECT_EXISTS',
      `Link ${on.name} in ${placeName(place)} is shaped on its ${side} already: ${tellTree(found)[0]}${found.rows.length > 1 ? ' …' : ''}.`,
      'Say replace: true to put this in its place, or call clear_shaping first.',
      { link: on.name, shaping: tellTree(found) },
    );
  }
  const wanted = build(on.name, freeHandle(found, side));
  const isSwapped = side === 'root';
  const removal = found && !isSwapped ? [tc(treeRemoval(found, device))] : [];
  return { steps: [...removal, ...treeCommands(wanted, isSwapped ? 'replace' : 'add', device).map(tc)], ...lossOf(found) };
}

/** As `planTree`, in the world that follows. */
export function foreseeTree(input: OnLink, foreseen: Foreseen, { side, build }: WantedTree): void {
  const { on, found } = find(foreseen, input, side);
  const wanted = build(on.name, freeHandle(found, side));
  dropTree(input, foreseen, side);
  for (const row of wanted.rows) foreseen.put(input.namespace, 'shaping', row);
}

function dropTree(input: OnLink, foreseen: Foreseen, side: Side): void {
  const { found } = find(foreseen, input, side);
  if (found) foreseen.drop(input.namespace, 'shaping', (row) => treesOf([row])[0]?.side === side && row.device === found.device);
}

/** Takes away what shapes a link on some sides. */
export function planClear(input: OnLink, world: World, sides: readonly Side[]): Decided {
  const place = world.at(input.namespace);
  const there = sides.flatMap((side) => {
    const { device, found } = find(world, input, side);
    return found ? [{ device, found }] : [];
  });
  const losses = there.map(({ found }) => lossOf(found));
  return {
    steps: there.map(({ device, found }) => step(place, treeRemoval(found, device), { program: 'tc' })),
    loses: losses.flatMap(({ loses }) => loses),
    undoable: losses.every(({ undoable }) => undoable),
  };
}

/** As `planClear`, in the world that follows. */
export function foreseeClear(input: OnLink, foreseen: Foreseen, sides: readonly Side[]): void {
  for (const side of sides) dropTree(input, foreseen, side);
}

/** A qdisc that hangs on the root. */
export function rootQdisc(device: string, kind: string, handle: string, options: Shaping['options']): Shaping {
  return { object: 'qdisc', device, kind, handle, parent: 'root', options };
}

/** The qdisc that filters of incoming packets hang on. */
export function ingressQdisc(device: string): Shaping {
  return { object: 'qdisc', device, kind: 'ingress', handle: 'ffff:', parent: INGRESS_PARENT, options: {} };
}

/** What is the same in all operations of shaping. */
export const SHAPING_OPERATION = {
  action: 'shaping.set',
  destroys: false,
  namespaces: ({ namespace }: OnLink) => [namespace],
  needs: SHAPING_NEEDS,
  subjects: ({ namespace, link }: OnLink, world: World) => [linkAt(world, namespace, link)],
  result: { shaping: z.array(z.string()).describe('In the words of tc(8)') },
  show: ({ namespace, link }: OnLink, world: World) => {
    const on = world.findLink(namespace, link);
    return {
      shaping: treesOf(world.state(namespace).shaping ?? [])
        .filter(({ device }) => device === on?.name)
        .flatMap(tellTree),
    };
  },
  tell: ({ shaping }: { shaping: string[] }, { namespace, link }: OnLink) =>
    `${namespace}: ${link} ${shaping.length === 0 ? 'is not shaped' : `has ${shaping.join('; ')}`}.`,
} as const;

/** True when a tree is one qdisc of a kind, with nothing on it. */
export function isSingle(tree: ShapingTree, kind: string): boolean {
  return tree.rows.length === 1 && kindOfTree(tree) === kind;
}
