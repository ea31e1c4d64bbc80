// In which order, and how many at a time, the steps of a plan run: one process for all that goes together, and side by side what is apart.
import { type ChangeProgram, type Command, pathInto, type ResolvedNamespace } from '../../model/change.js';
import { programOf, sharedBy } from './command.js';

/** Commands for one process: of one program, in one namespace, in their order. */
export interface Group {
  place: ResolvedNamespace;
  program: ChangeProgram;
  /** With their places in the plan. */
  commands: { command: Command; at: number }[];
}

/** Groups that run side by side: no two of them touch the same namespace. */
export type Wave = Group[];

/** Places by which two steps can be in each other's way. A namespace that is being made is told by its name. */
function touched({ place, args, makes, named, follows = [] }: Command): (string | number)[] {
  const others = [...args.flatMap((argument) => (typeof argument === 'string' ? [] : [argument.namespace])), ...follows];
  return [
    ...[place, ...others].map(placeKey),
    ...(makes === undefined ? [] : [makes]),
    ...(named === undefined ? [] : [named.inode < 0 ? named.name : named.inode]),
  ];
}

function placeKey(place: ResolvedNamespace): string | number {
  return place.inode < 0 ? place.reference : place.inode;
}

/**
 * Puts steps together. A step runs after every earlier one that touches a namespace that it touches; the others do not matter to it, so that
 * a lab of fifty hosts takes one process for the host and one for each of them.
 */
export function schedule(steps: readonly Command[]): Wave[] {
  const waves: Map<string, Group>[] = [];
  /** By place, the last wave in which each group touches it. */
  const last = new Map<string | number, Map<string, number>>();
  for (const [at, command] of steps.entries()) {
    const { place } = command;
    const program = programOf(command);
    // Whose name a namespace has can be seen only once it is made.
    const shared = command.named && command.named.inode < 0 ? null : sharedBy(command);
    // What comes after a deletion may have to wait for links to go with it: deletions share a process with each other alone.
    const key = shared === null ? `alone ${at}` : `${placeKey(place)} ${shared}${command.named ? ' deletes' : ''}`;
    const places = [...new Set(touched(command))];
    const level = Math.max(
      0,
      ...places.flatMap((touchedPlace) => [...(last.get(touchedPlace) ?? [])].map(([other, wave]) => (other === key ? wave : wave + 1))),
    );
    for (const touchedPlace of places) {
      const groups = last.get(touchedPlace) ?? new Map<string, number>();
      groups.set(key, level);
      last.set(touchedPlace, groups);
    }
    const wave = waves[level] ?? new Map<string, Group>();
    waves[level] = wave;
    const group = wave.get(key) ?? { place, program, commands: [] };
    group.commands.push({ command, at });
    wave.set(key, group);
  }
  return waves.map((wave) => [...wave.values()]);
}

/** By which path the process of a group enters. */
export function pathOf({ place }: Group): string | null {
  return pathInto(place);
}
