// A permit: the proof that the policy, and where it asks for one a human, let exactly this work through.
import { createHash } from 'node:crypto';
import type { Action } from './actions.js';

/** The work to be permitted: the action, the argument vectors as they will run, and the inodes they run in. */
export interface Work {
  action: Action;
  /** Each with the inode that it enters, or the name of a namespace that an earlier one makes. */
  commands: readonly { place: number | string; argv: readonly string[] }[];
}

/** Fingerprint of a piece of work: equal only for the same action, vectors and namespaces, in the same order. */
export function digestOf({ action, commands }: Work): string {
  const canonical = JSON.stringify([action, commands.map(({ place, argv }) => [place, argv])]);
  return createHash('sha256').update(canonical).digest('hex');
}

/**
 * What `exec/` demands before it changes anything or runs a command of the caller's.
 * Issued by `src/server/call/gate.ts` alone, the one place through which every finished argument vector passes.
 */
export class Permit {
  readonly #digest: string;

  private constructor(digest: string) {
    this.#digest = digest;
  }

  static issue(work: Work): Permit {
    return new Permit(digestOf(work));
  }

  /** @throws Error when the work is not, to the letter, what was permitted. */
  demand(work: Work): void {
    if (digestOf(work) !== this.#digest) throw new Error(`no permit for this ${work.action}: it is not what the policy judged`);
  }
}
