// Neighbour entries that somebody set, and proxy entries (ip-neighbour(8)): the words that make and remove them.
import { Neighbour } from '../../model/objects.js';
import type { Link } from '../../model/snapshot.js';
import { linkArgument } from '../plan/world.js';
import { defineObject, type Words } from './object.js';

export function isProxy({ state }: Neighbour): boolean {
  return state.includes('PROXY');
}

/** Set by somebody: others are learnt, and age. */
export function isSet(neighbour: Neighbour): boolean {
  return isProxy(neighbour) || neighbour.state.includes('PERMANENT');
}

export function neighbourKey(neighbour: Neighbour): string {
  return `${isProxy(neighbour) ? 'proxy ' : ''}${neighbour.address} ${neighbour.device}`;
}

/** `ip neighbour VERB …`. @param links Of its namespace. */
export function neighbourCommand(verb: 'replace' | 'delete', neighbour: Neighbour, links: readonly Link[]): Words {
  const { address, device, mac, router } = neighbour;
  const link = links.find(({ name }) => name === device);
  const isAdded = verb === 'replace';
  return {
    args: [
      ...['neighbour', verb, ...(isProxy(neighbour) ? ['proxy'] : []), address],
      ...(isAdded && !isProxy(neighbour) ? ['lladdr', mac ?? '', 'nud', 'permanent'] : []),
      ...(device === '' ? [] : ['dev', link ? linkArgument(link, links) : device]),
      ...(isAdded && router ? ['router'] : []),
    ],
  };
}

export function neighbourText(neighbour: Neighbour): string {
  const { address, device, mac, router } = neighbour;
  const where = device === '' ? '' : ` dev ${device}`;
  return `${isProxy(neighbour) ? 'proxy ' : ''}${address}${where}${mac === null ? '' : ` lladdr ${mac}`}${router ? ' router' : ''}`;
}

export const neighbourKind = defineObject<Neighbour>({
  name: 'neighbour',
  section: 'neighbours',
  schema: Neighbour,
  of: ({ neighbours = [] }) => neighbours.filter(isSet),
  key: neighbourKey,
  links: ({ device }) => (device === '' ? [] : [device]),
  facts: ({ mac, router }) => ({ mac, router }),
  lacks: (neighbour) => (isProxy(neighbour) || neighbour.mac !== null ? null : 'it has no MAC address'),
  tell: (neighbour) => `neighbour ${neighbourText(neighbour)}`,
  add: (neighbour, { state }) => [neighbourCommand('replace', neighbour, state.links ?? [])],
  remove: (neighbour, { state }) => [neighbourCommand('delete', neighbour, state.links ?? [])],
  change: (_, to, { state }) => [neighbourCommand('replace', to, state.links ?? [])],
});
