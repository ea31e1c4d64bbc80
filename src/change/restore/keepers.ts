// Who lives in a namespace that only loses its name: the number of a namespace is given again, a process that lived in it proves that it is the same.
import { statSync } from 'node:fs';
import { scanProcesses, startOf } from '../../kernel/sources/processes.js';
import type { Touch } from '../operation.js';
import type { Captured, CapturedPlace } from './captured.js';

/** So many are enough: one that still lives will do. */
const MOST = 32;

/** A capture with the processes that live in the namespaces of which only the name is touched. */
export function withKeepers({ places }: Captured, touches: readonly Touch[]): Captured {
  const named = touches.flatMap((touch) => ('name' in touch ? [touch.namespace] : []));
  if (named.length === 0) return { places };
  const { byInode } = scanProcesses();
  return {
    places: places.map((place) => {
      if (place.inode === null || !place.references.some((reference) => named.includes(reference))) return place;
      const keepers = (byInode.get(place.inode) ?? []).slice(0, MOST).flatMap((pid) => {
        const start = startOf(pid);
        return start === null ? [] : [{ pid, start }];
      });
      return { ...place, keepers };
    }),
  };
}

/** The path of the namespace by a process that lived in it when it was captured, and still does; null when there is none. */
export function pathByKeeper({ inode, keepers = [] }: CapturedPlace): string | null {
  const paths = keepers.flatMap(({ pid, start }) => (startOf(pid) === start ? [`/proc/${pid}/ns/net`] : []));
  return paths.find((path) => statSync(path, { throwIfNoEntry: false })?.ino === inode) ?? null;
}
