// Entries of the forwarding database of bridges and vxlans that somebody set (bridge(8)): the words that make and remove them.
import { FdbEntry } from '../../model/objects.js';
import type { Link, NamespaceState } from '../../model/snapshot.js';
import { linkArgument } from '../plan/world.js';
import { defineObject, type Words } from './object.js';

/** Multicast and all-zero addresses may have several tunnel ends; others have one (vxlan_fdb_update, drivers/net/vxlan). */
function hasMany({ mac, destination }: Pick<FdbEntry, 'mac' | 'destination'>): boolean {
  return destination !== null && (mac === '00:00:00:00:00:00' || isMulticast(mac));
}

function isMulticast(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/** `bridge fdb VERB …`. @param links Of its namespace. */
export function fdbCommand(verb: 'add' | 'delete', entry: FdbEntry, links: readonly Link[]): Words {
  const { mac, device, vlan, destination, port, vni, via, table, state, flags } = entry;
  const called = (name: string) => {
    const link = links.find((known) => known.name === name);
    return link ? linkArgument(link, links) : name;
  };
  // The bridge's own entries are shown as those of its ports, and set as its own.
  const isOfBridge = links.some(({ name, kind }) => name === device && kind === 'bridge');
  const verbatim = verb === 'delete' ? 'delete' : hasMany(entry) ? 'append' : 'replace';
  return {
    program: 'bridge',
    args: [
      ...['fdb', verbatim, mac, 'dev', called(device)],
      ...(destination === null ? [] : ['dst', destination]),
      ...(port === null ? [] : ['port', String(port)]),
      ...(vni === null ? [] : ['vni', String(vni)]),
      ...(via === null ? [] : ['via', called(via)]),
      ...(vlan === null ? [] : ['vlan', String(vlan)]),
      isOfBridge ? 'self' : table,
      ...(verb === 'delete' ? [] : [state, ...flags]),
    ],
  };
}

export function fdbKey(entry: FdbEntry): string {
  const { mac, device, vlan, destination, port, vni, table } = entry;
  return [device, mac, table, vlan ?? '-', ...(hasMany(entry) ? [destination, port ?? '-', vni ?? '-'] : [])].join(' ');
}

export function fdbText({ mac, device, vlan, destination, state }: FdbEntry): string {
  return `${mac} dev ${device}${destination === null ? '' : ` dst ${destination}`}${vlan === null ? '' : ` vlan ${vlan}`} ${state}`;
}

/**
 * Set by somebody. Others are learnt, brought by a routing daemon, or made by the kernel: for the address of a port and of its bridge, for
 * multicast groups, for links that stand on this one, and for what the bridge has its ports receive (fdb_add_hw_addr, net/bridge/br_fdb.c).
 */
export function isSetFdb(entry: FdbEntry, { links = [], fdb = [] }: NamespaceState): boolean {
  const { mac, device, table, state, destination, flags } = entry;
  if (state === 'dynamic' || flags.includes('extern_learn')) return false;
  const link = links.find(({ name }) => name === device);
  const isOfLink = links.some((other) => other.mac === mac && (table === 'self' || other.name === device || other.name === link?.master));
  if (destination !== null) return true;
  if (table === 'master') return !(state === 'permanent' && isOfLink);
  const isOfBridge = (name: string) => typeof link?.master === 'string' && [name, links.find((other) => other.name === name)?.master].includes(link.master);
  const isReceived = fdb.some((other) => other.table === 'master' && other.mac === mac && other.state !== 'dynamic' && isOfBridge(other.device));
  return !isMulticast(mac) && !isOfLink && !isReceived;
}

export const fdbKind = defineObject<FdbEntry>({
  name: 'fdb',
  section: 'fdb',
  schema: FdbEntry,
  of: (state) => (state.fdb ?? []).filter((entry) => isSetFdb(entry, state)),
  key: fdbKey,
  links: ({ device }) => [device],
  facts: ({ destination, port, vni, via, state, flags }) => ({ destination, port, vni, via, state, flags }),
  lacks: ({ other_attributes = [] }) => (other_attributes.length === 0 ? null : `its ${other_attributes.join(', ')} cannot be written`),
  tell: (entry) => `forwarding entry ${fdbText(entry)}`,
  add: (entry, { state }) => [fdbCommand('add', entry, state.links ?? [])],
  remove: (entry, { state }) => [fdbCommand('delete', entry, state.links ?? [])],
  change: (from, to, { state: { links = [] } }) => [...(hasMany(from) ? [fdbCommand('delete', from, links)] : []), fdbCommand('add', to, links)],
});
