// What the tools for long-running services have in common: which services a caller may know of, and how one is shown.
import { z } from 'zod';
import { stillThere } from '../change/plan/places.js';
import type { HeldNamespace } from '../kernel/kernel.js';
import { namespaceSubject } from '../model/change.js';
import { fail, NetnsError } from '../model/errors.js';
import type { CommandSubject, NamespaceSubject, Subject } from '../model/policy.js';
import { commandLine, visible } from '../model/text.js';
import { type Service, stateWords } from '../service/service.js';
import type { Services } from './services.js';
import { viewOf } from './visibility.js';

/** A service as tools show it. */
export type ShownService = {
  id: string;
  name: string;
  namespace: string;
  command: string;
  state: string;
  pid: number | null;
  started_at: string;
  lives_on: boolean;
};

/** Its published schema tells what calls go on from: every client carries it in every conversation. */
export const ServiceShape = z.looseObject({ id: z.string(), state: z.string() });

/** A service, and the namespace in which it is, or was. */
export interface PlacedService {
  service: Service;
  namespace: NamespaceSubject;
  /** How it is put to the policy. */
  subjects: Subject[];
}

/** Where a service lives, as the kernel room lets it be seen; null when it is hidden. */
async function namespaceOf(
  { state, inode, namespace: recorded }: Service,
  { kernel, policy }: Services,
  signal: AbortSignal,
): Promise<NamespaceSubject | null> {
  if (state.is === 'running') {
    try {
      using place = await kernel.resolve(`inode:${inode}`, signal);
      return namespaceSubject(place);
    } catch (error) {
      if (error instanceof NetnsError && ['NAMESPACE_NOT_FOUND', 'NAMESPACE_VANISHED'].includes(error.code)) return null;
      throw error;
    }
  }
  const { names, is_host, owned } = recorded;
  const subject = { kind: 'namespace' as const, reference: names[0] ?? `inode:${inode}`, inode, names, is_host, owned, lab: null, container: null };
  return viewOf(policy).isVisible(subject) ? subject : null;
}

/** The services that the policy lets be listed, the oldest first. */
export async function visibleServices(services: Services, signal: AbortSignal): Promise<PlacedService[]> {
  const known = new Map<string, NamespaceSubject | null>();
  const placed: PlacedService[] = [];
  for (const service of services.supervisor.list()) {
    const key = service.state.is === 'running' ? String(service.inode) : service.id;
    const namespace = known.has(key) ? known.get(key) : await namespaceOf(service, services, signal);
    known.set(key, namespace ?? null);
    if (!namespace) continue;
    const subjects = [namespace, commandSubject(service)];
    if (services.policy.decide({ action: 'service.list', subjects }).effect !== 'deny') placed.push({ service, namespace, subjects });
  }
  return placed;
}

/**
 * One of them, by its id, or by its name in a namespace: there the one that runs, or else the one that ended last.
 * @throws NetnsError SERVICE_NOT_FOUND.
 */
export function serviceOf(placed: readonly PlacedService[], word: string, inode: number | null = null): PlacedService {
  const named = placed.filter(({ service }) => service.name === word && service.inode === inode);
  const found = placed.find(({ service }) => service.id === word) ?? named.find(({ service }) => service.state.is === 'running') ?? named.at(-1);
  const hint = inode === null ? 'list_services shows those that there are; a name takes its namespace.' : 'list_services shows those that there are.';
  return found ?? fail('SERVICE_NOT_FOUND', `There is no service ${visible(word)}.`, hint, { service: visible(word) });
}

/** Locks a namespace as changes of it do. @throws NetnsError when a change took it away before that, and as `ChangeEngine.lock` does. */
export async function lockStillThere(place: HeldNamespace, reference: string, { changes, kernel }: Services, signal: AbortSignal): Promise<Disposable> {
  const lock = await changes.lock([`inode:${place.inode}`], signal);
  try {
    await stillThere(place, kernel, reference, signal);
    return lock;
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

export function commandSubject({ argv, program }: Pick<Service, 'argv' | 'program'>, targets: string[] = []): CommandSubject {
  return { kind: 'command', argv, program, targets };
}

export function shownService({ service, namespace }: Pick<PlacedService, 'service' | 'namespace'>): ShownService {
  const { id, name, argv, state, pid, started_at, lives_on } = service;
  const place = namespace.is_host ? 'host' : (namespace.names[0] ?? `inode:${service.inode}`);
  return { id, name, namespace: place, command: commandLine(argv), state: stateWords(state), pid, started_at, lives_on };
}

/** One line. */
export function serviceLine({ id, name, namespace, command, state, pid, started_at, lives_on }: ShownService): string {
  return `${name} (${id}) in ${namespace}: ${state}${pid === null ? '' : `, pid ${pid}`}, started ${started_at}${lives_on ? ', lives on' : ''}: ${command}`;
}
