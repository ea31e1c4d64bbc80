// The lines that take away what an export makes. What is gone already is no failure; what it only sets stays as it is.
import { linkOf } from '../objects/link.js';
import { goesWith } from '../objects/object.js';
import { kindsInOrder } from '../objects/table.js';
import { stepsIn } from '../restore/contents.js';
import { linesOf, quoted } from './shell.js';
import type { ExportedWorld } from './world.js';

const QUIET = '2>/dev/null || :';

function removals({ places, shall, there }: ExportedWorld, at: number): string[] {
  const { objects = [] } = shall.places[at] ?? {};
  const found = new Set(there.places[at]?.objects.map(({ key }) => key));
  const made = objects.flatMap(({ kind, key, value }) => (kind === 'link' && !found.has(key) ? [linkOf(value)] : []));
  const site = { state: places[at]?.state ?? {}, name: null };
  const others = kindsInOrder()
    .toReversed()
    .filter(({ name }) => name !== 'link')
    .flatMap((kind) =>
      objects
        .filter(({ kind: name, value }) => name === kind.name && !goesWith(kind, value, (link) => made.some(({ name: gone }) => gone === link)))
        .flatMap(({ value }) => kind.remove(value, site)),
    );
  const lines = stepsIn(at, others).flatMap((step) => linesOf(step, places));
  const name = places[at]?.isHost ? '' : `-n ${quoted(places[at]?.name ?? '')} `;
  return [...lines, ...made.toReversed().map((link) => `ip ${name}link delete dev ${quoted(link.name)} ${QUIET}`)];
}

/** All of it, what was made last first. */
export function takeDown(world: ExportedWorld): string[] {
  const there = world.places.flatMap(({ isOwn }, i) => (isOwn ? [] : removals(world, i)));
  const names = world.places.flatMap(({ isOwn, name }) => (isOwn ? [`ip netns delete ${quoted(name)} ${QUIET}`] : []));
  return [...(there.length > 0 ? ['', '# what is in namespaces that stay', ...there] : []), ...(names.length > 0 ? ['', '# the namespaces', ...names] : [])];
}
