// Tools that only look or probe: resolving what they name, and turning what they found into an answer that fits.
import type { HeldNamespace } from '../kernel/kernel.js';
import type { Action } from '../model/actions.js';
import { namespaceSubject } from '../model/change.js';
import { Held } from '../model/held.js';
import type { Subject } from '../model/policy.js';
import { refuseDenied } from './call/gate.js';
import type { Answer, CallContext, PreparedCall } from './tool.js';

/**
 * Prepares a call that reads: opens the namespaces, has the policy judge them, and runs `look` once the call is let through.
 * @param more Subjects besides the namespaces.
 */
export async function prepareReading<Output>(
  action: Action,
  references: readonly string[],
  { services, signal }: CallContext,
  look: (places: readonly HeldNamespace[]) => Promise<Answer<Output>>,
  more: readonly Subject[] = [],
): Promise<PreparedCall<Output>> {
  const held = new Held();
  try {
    const places: HeldNamespace[] = [];
    for (const reference of references) {
      const place = held.keep(await services.kernel.resolve(reference, signal));
      refuseDenied(services.policy, [action], [namespaceSubject(place)]);
      places.push(place);
    }
    return {
      subjects: [...places.map(namespaceSubject), ...more],
      work: { action, commands: [] },
      plan: null,
      dryRun: false,
      run: () => look(places),
      [Symbol.dispose]: () => held[Symbol.dispose](),
    };
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

/** Most characters of JSON that the lists of an answer may take together: about 20,000 tokens. */
const MOST_CHARACTERS = 60_000;

/** Cuts lists and records so that the answer stays within its size. Returns them, and of each that was cut how many are missing. */
export function fitting<Lists extends Record<string, unknown>>(lists: Lists): { lists: Lists; left_out: Record<string, number> } {
  const left_out: Record<string, number> = {};
  let room = MOST_CHARACTERS;
  const fits = <Item>(name: string, items: readonly Item[]): Item[] => {
    const end = items.findIndex((item) => {
      room -= JSON.stringify(item).length + 1;
      return room < 0;
    });
    if (end === -1) return [...items];
    left_out[name] = items.length - end;
    return items.slice(0, end);
  };
  const entries = Object.entries(lists).map(([name, list]) => {
    if (typeof list !== 'object' || list === null) return [name, list];
    return [name, Array.isArray(list) ? fits(name, list) : Object.fromEntries(fits(name, Object.entries(list)))];
  });
  return { lists: { ...lists, ...Object.fromEntries(entries) }, left_out };
}

/** The first lines, as many as fit into so many characters but at least one, and how many more there are. */
export function brief(lines: readonly string[], room: number): { shown: string[]; more: number } {
  let used = 0;
  const shown = lines.filter((line, at) => {
    used += line.length + 1;
    return at === 0 || used <= room;
  });
  return { shown, more: lines.length - shown.length };
}
