// What the journal is told of a change before its first step.
import type { Marks } from '../../kernel/marks.js';
import { sectionsOf } from '../operation.js';
import type { PlanBody } from '../past/record.js';
import { foreseenIds } from '../past/unfinished.js';
import { isPlanned, type Places } from '../plan/places.js';
import type { PlannedOperation } from '../plan/planning.js';
import { type Captured, captureName } from '../restore/captured.js';
import type { Transaction } from './transaction.js';

const LONGEST_SUMMARY = 160;

/** What was asked for, in a line. */
export function summaryOf(operations: readonly PlannedOperation[]): string {
  const [only, ...others] = operations;
  if (!only) return '';
  if (others.length === 0) {
    const input = JSON.stringify(only.input);
    return `${only.operation.name} ${input.length > LONGEST_SUMMARY ? `${input.slice(0, LONGEST_SUMMARY)}…` : input}`;
  }
  const counts = new Map<string, number>();
  for (const { operation } of operations) counts.set(operation.name, (counts.get(operation.name) ?? 0) + 1);
  return `${operations.length} operations: ${[...counts].map(([name, n]) => (n === 1 ? name : `${n} x ${name}`)).join(', ')}`.slice(0, LONGEST_SUMMARY);
}

/** What of the captured part of the world this server made. */
function ownedIn(before: Captured, places: Places, marks: Marks): PlanBody['owned'] {
  const there = before.places.flatMap((place) => {
    const held = place.references.map((reference) => places.get(reference)).find((found) => found !== undefined && !isPlanned(found));
    return held ? [{ place, held }] : [];
  });
  return {
    namespaces: there.flatMap(({ place, held }) => (marks.isOwned(held.handle) ? (place.names[0] ?? []) : [])),
    links: there.flatMap(({ place, held }) => {
      const owned = marks.ownedLinks(held.handle);
      if (owned.size === 0) return [];
      const names = place.objects.flatMap(({ kind, key, value }) => (kind === 'link' && isOwnedLink(value, owned) ? [key] : []));
      return names.map((name) => ({ namespace: captureName(place), name }));
    }),
  };
}

function isOwnedLink(value: unknown, owned: ReadonlySet<number>): boolean {
  return typeof value === 'object' && value !== null && 'index' in value && typeof value.index === 'number' && owned.has(value.index);
}

/** @param before What the change may alter, as it was captured. */
export function planBodyOf({ planned, plan, outcomes, engine }: Pick<Transaction, 'planned' | 'plan' | 'outcomes' | 'engine'>, before: Captured): PlanBody {
  const { operations, locks, places, foreseen } = planned;
  return {
    operations: operations.map(({ operation, input }) => ({ op: operation.name, input })),
    commands: outcomes.flatMap(({ commands }) => commands),
    undoable: plan.undoable,
    loses: plan.loses,
    judged: operations.map(({ judged: { actions, subjects } }) => ({ actions: [...actions], subjects })),
    locks,
    sections: [...new Set(operations.flatMap(({ operation, input }) => sectionsOf(operation, input)))],
    before,
    foreseen: foreseenIds(before, foreseen.all(), () => foreseen.everThere()),
    owned: ownedIn(before, places, engine.marks),
  };
}
