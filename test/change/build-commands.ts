// From nothing to what was captured: the commands of the first round of a restoration that finds none of it.
import { asMade, isGiven, linkOf } from '../../src/change/objects/link.js';
import type { Words } from '../../src/change/objects/object.js';
import { type Captured, type CapturedPlace, captureName } from '../../src/change/restore/captured.js';
import { planRound } from '../../src/change/restore/plan.js';

/** A command, and the namespace that it runs in; another namespace among its arguments stands there by its name. */
export interface BuildCommand extends Words {
  place: CapturedPlace | 'host';
}

/** What is there before anything is made: of the host its devices. */
function bare(place: CapturedPlace): CapturedPlace {
  if (!place.is_host) return { ...place, inode: null, born: null, existed: false, objects: [] };
  const given = place.objects.filter(({ kind, value }) => kind === 'link' && isGiven(linkOf(value)));
  return { ...place, objects: given.map((object) => ({ ...object, value: asMade(linkOf(object.value)) })) };
}

/** In the order in which they are to be run, the making of the namespaces included. */
export function buildCommands(captured: Captured): BuildCommand[] {
  const now: Captured = { places: captured.places.map(bare) };
  const states = new Map(
    now.places.flatMap(({ inode, objects }) => (inode === null ? [] : [[inode, { links: objects.map(({ value }) => linkOf(value)) }] as const])),
  );
  const reborn = new Set(captured.places.flatMap(({ existed, is_host }, i) => (existed && !is_host ? [i] : [])));
  const nameOf = (place: number | 'host') => {
    const found = place === 'host' ? undefined : captured.places[place];
    return found ? captureName(found) : 'host';
  };
  return planRound(captured, now, states, { only: null, number: 0, keepsIndices: false, scaffolds: false, dying: new Set(), reborn })
    .flat()
    .map(({ place, about: _, makes: __, args, ...words }) => ({
      ...words,
      args: args.map((argument) => (typeof argument === 'string' ? argument : nameOf(argument.place))),
      place: (place === 'host' ? undefined : captured.places[place]) ?? 'host',
    }));
}
