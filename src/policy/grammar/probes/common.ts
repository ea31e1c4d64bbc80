// What the probing programs have in common.
import type { Term } from '../table.js';

/** At most one address family. */
export const FAMILY: readonly Term[] = [
  { name: '-4', group: 'family' },
  { name: '-6', group: 'family' },
];
