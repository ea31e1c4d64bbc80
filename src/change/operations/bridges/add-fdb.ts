// add_fdb
import { z } from 'zod';
import { isBridged } from '../../../kernel/reading/read.js';
import { fail } from '../../../model/errors.js';
import { LinkReference } from '../../../model/names.js';
import type { FdbEntry, Link } from '../../../model/snapshot.js';
import { fdbCommand, fdbKey, fdbText, isSetFdb } from '../../objects/fdb.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../../operation.js';
import { FdbInput, fittingFdb } from '../../parts/bridges/fdb.js';
import type { World } from '../../plan/world.js';

const NewFdbInput = z.strictObject({
  ...FdbInput.shape,
  state: z.enum(['static', 'permanent']).optional().describe('static: behind the port (usual); permanent: this host itself, or for a vxlan: it stays'),
  sticky: z.boolean().default(false).describe('It may not move to another port'),
  port: z.number().int().min(1).max(65_535).optional().describe('UDP port of the other tunnel end'),
  vni: z.number().int().min(0).max(0xff_ffff).optional(),
  via: LinkReference.optional().describe('Link to the other tunnel end'),
  replace: z.boolean().default(false).describe('Change one that is there and differs'),
});
type NewFdbInput = z.output<typeof NewFdbInput>;

/** The entry that an input makes. That of a bridge itself is shown as one of its ports' (table master). */
function newEntry(world: World, input: NewFdbInput): FdbEntry {
  const { namespace, link, mac, destination, vlan, port, vni, via, sticky } = input;
  const found = world.findLink(namespace, link);
  const table = input.table ?? (destination === undefined && (found?.master || found?.kind === 'bridge') ? 'master' : 'self');
  const isShown = (value: number | undefined, setting: string) => value !== undefined && value !== found?.attributes[setting];
  return {
    mac,
    device: found?.name ?? link,
    vlan: vlan ?? null,
    destination: destination ?? null,
    port: isShown(port, 'dstport') ? (port ?? null) : null,
    vni: isShown(vni, 'id') ? (vni ?? null) : null,
    via: via === undefined ? null : (world.findLink(namespace, via)?.name ?? via),
    table: found?.kind === 'bridge' ? 'master' : table,
    state: found?.kind === 'bridge' || table === 'self' ? (input.state ?? 'permanent') : (input.state ?? 'static'),
    flags: sticky ? ['sticky'] : [],
  };
}

/** An entry for the same address behind another port of the bridge, which has one only (fdb_add_entry, net/bridge/br_fdb.c). What was learnt does not count. */
function takenOver(world: World, { namespace }: NewFdbInput, wanted: FdbEntry): FdbEntry | null {
  if (wanted.table !== 'master') return null;
  const bridgeOf = (device: string) => {
    const link = world.findLink(namespace, device);
    return link?.kind === 'bridge' ? link.name : link?.master;
  };
  const { mac, vlan, device } = wanted;
  const isOther = (entry: FdbEntry) => entry.table === 'master' && entry.mac === mac && entry.vlan === vlan && entry.device !== device;
  return (world.state(namespace).fdb ?? []).find((entry) => isOther(entry) && entry.state !== 'dynamic' && bridgeOf(entry.device) === bridgeOf(device)) ?? null;
}

/** @throws NetnsError LINK_KIND_MISMATCH when that link has no such entries. */
function checkKind({ name, kind, master }: Link, { table, destination }: FdbEntry): void {
  const isVxlan = kind === 'vxlan';
  if (destination !== null && !isVxlan) {
    fail('LINK_KIND_MISMATCH', `Link ${name} is a ${kind}: only a vxlan has other tunnel ends.`, 'Leave destination out.', { link: name, kind });
  }
  if (table === 'self' && isVxlan && destination === null) {
    fail('INVALID_INPUT', `An entry of the vxlan ${name} needs the other tunnel end.`, 'Give destination, or table master for its bridge.', {
      link: name,
    });
  }
  if (table === 'master' && master === null && kind !== 'bridge') {
    fail('LINK_KIND_MISMATCH', `Link ${name} is no port of a bridge.`, 'Make it one with set_link {"bridge": …} first, or say table self.', {
      link: name,
    });
  }
}

/** Adds an entry to a forwarding database. Equivalent to: bridge fdb replace MAC dev LINK master static (bridge(8)). */
export const addFdb = defineOperation({
  name: 'add_fdb',
  title: 'Add a forwarding entry',
  description: 'Says behind which bridge port, or behind which vxlan tunnel end, a MAC address is.',
  action: 'bridge.set',
  destroys: false,
  input: NewFdbInput.refine(({ destination, port, vni, via }) => destination !== undefined || (port ?? vni ?? via) === undefined, {
    message: 'port, vni and via are about the destination',
    path: ['destination'],
  }),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'fdb'],
  subjects(input, world) {
    const { namespace, link, via, destination } = input;
    const other = takenOver(world, input, newEntry(world, input));
    return [
      linkAt(world, namespace, link),
      ...(via === undefined ? [] : [linkAt(world, namespace, via)]),
      ...(other ? [linkAt(world, namespace, other.device)] : []),
      ...(destination === undefined ? [] : [{ kind: 'address' as const, address: destination }]),
    ];
  },
  plan(input, world) {
    const { namespace, link, replace } = input;
    const found = world.link(namespace, link);
    if (input.via !== undefined) world.link(namespace, input.via);
    const wanted = newEntry(world, input);
    checkKind(found, wanted);
    if (!world.links(namespace).some(isBridged)) {
      const hint = 'Make it a port of a bridge with set_link {"bridge": …} first.';
      return fail('LINK_KIND_MISMATCH', `Link ${found.name} is no port of a bridge, and there is none: no packet is forwarded by such an entry.`, hint, {
        link: found.name,
      });
    }
    const state = world.state(namespace);
    const known = (state.fdb ?? []).find((entry) => fdbKey(entry) === fdbKey(wanted));
    const facts = ({ destination, via, state: kept, flags }: FdbEntry) => JSON.stringify([destination, via, kept, flags]);
    if (known && facts(known) === facts(wanted)) return ALREADY_SO;
    const other = takenOver(world, input, wanted);
    if (other && !isSetFdb(other, state)) {
      return fail('OBJECT_EXISTS', `The kernel itself has the entry ${fdbText(other)}.`, 'It is the address of a link of that bridge: choose another one.', {
        there: other,
      });
    }
    if (other && !replace) {
      const hint = 'A bridge has one entry for an address: say replace to take it over, or delete_fdb first.';
      return fail('OBJECT_EXISTS', `The bridge already has the entry ${fdbText(other)}.`, hint, { there: other });
    }
    const differs = known !== undefined && known.state !== 'dynamic';
    if (differs && !isSetFdb(known, state)) {
      return fail('OBJECT_EXISTS', `The kernel itself has the entry ${fdbText(known)}.`, 'It is the address of that link or its bridge: choose another one.', {
        there: known,
      });
    }
    if (differs && !replace) {
      return fail('OBJECT_EXISTS', `${found.name} already has the entry ${fdbText(known)}.`, 'Say replace, or delete_fdb first.', { there: known });
    }
    const { args } = fdbCommand('add', wanted, world.links(namespace));
    const lost = [...(differs ? [known] : []), ...(other ? [other] : [])];
    return {
      steps: [step(world.at(namespace), args, { program: 'bridge' })],
      loses: lost.map((entry) => `the entry ${fdbText(entry)}`),
      undoable: lost.every(({ other_attributes = [] }) => other_attributes.length === 0),
      touches: other ? [{ namespace, kind: 'fdb', key: fdbKey(other) }] : [],
    };
  },
  foresee(input, foreseen) {
    const wanted = newEntry(foreseen, input);
    const other = takenOver(foreseen, input, wanted);
    foreseen.drop(input.namespace, 'fdb', (known) => fdbKey(known) === fdbKey(wanted) || known === other);
    foreseen.put(input.namespace, 'fdb', wanted);
  },
  result: { entries: z.array(z.string()) },
  show: (input, world) => ({ entries: fittingFdb(world, input).map(fdbText) }),
  tell: ({ entries }, { namespace }) => (entries.length === 0 ? `${namespace} has no such entry.` : `${namespace}: ${entries.join('; ')}`),
});
