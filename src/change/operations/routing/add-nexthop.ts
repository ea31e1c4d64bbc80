// add_nexthop
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { LinkReference } from '../../../model/names.js';
import type { Subject } from '../../../model/policy.js';
import type { NextHop } from '../../../model/snapshot.js';
import { nextHopCommand, nextHopText } from '../../objects/nexthop.js';
import { ALREADY_SO, defineOperation, linkAt, namespaceAt, step } from '../../operation.js';
import { NextHop as Gateway, InNamespace } from '../../parts/inputs.js';
import { hopsOfObject, linkTowards } from '../../parts/routing/next-hop.js';
import type { World } from '../../plan/world.js';

const Id = z.number().int().min(1).max(0xffff_ffff);

const NextHopInput = z.strictObject({
  namespace: InNamespace,
  id: Id,
  via: Gateway.optional(),
  device: LinkReference.optional(),
  onlink: z.boolean().optional().describe('Take via to be on the link, whatever the addresses say'),
  blackhole: z.boolean().optional(),
  family: z.enum(['inet', 'inet6']).optional().describe('Of a device or blackhole alone; else inet'),
  group: z
    .array(z.strictObject({ id: Id, weight: z.number().int().min(1).max(256).default(1) }))
    .min(1)
    .max(64)
    .optional(),
  replace: z.boolean().default(false).describe('Change one that is there and differs'),
});
type NextHopInput = z.output<typeof NextHopInput>;

/** The next hop object that an input makes. */
function newNextHop(world: World, { namespace, id, via, device, onlink, blackhole, family, group }: NextHopInput): NextHop {
  const link = device ?? (via && linkTowards(world, namespace, via)?.name);
  return {
    id,
    family: group ? null : via === undefined ? (family ?? 'inet') : via.includes(':') ? 'inet6' : 'inet',
    via: via ?? null,
    device: link === undefined ? null : (world.findLink(namespace, link)?.name ?? link),
    blackhole: blackhole === true,
    group: group ?? [],
    fdb: false,
    protocol: null,
    flags: onlink ? ['onlink'] : [],
  };
}

function isSame(a: NextHop, b: NextHop): boolean {
  const facts = ({ protocol: _, group, ...rest }: NextHop) =>
    JSON.stringify([Object.entries(rest).sort(), [...group].sort((one, other) => one.id - other.id).map((member) => [member.id, member.weight])]);
  return facts(a) === facts(b);
}

function known(world: World, { namespace, id }: Pick<NextHopInput, 'namespace' | 'id'>): NextHop | null {
  return world.state(namespace).nexthops?.find((nextHop) => nextHop.id === id) ?? null;
}

/** Adds a next hop object. Equivalent to: ip nexthop add id ID via NEXT_HOP dev LINK (ip-nexthop(8)). */
export const addNexthop = defineOperation({
  name: 'add_nexthop',
  title: 'Add a next hop object',
  description: 'Adds a next hop object that routes refer to by id (nexthop_id): a gateway, a device, a blackhole, or a weighted group of others.',
  action: 'nexthop.add',
  destroys: false,
  input: NextHopInput.refine(
    ({ via, device, blackhole, group }) => [via ?? device, blackhole || undefined, group].filter((one) => one !== undefined).length === 1,
    {
      message: 'give via and device, or blackhole, or group',
      path: ['via'],
    },
  )
    .refine(({ onlink, via }) => !onlink || via !== undefined, { message: 'onlink is about via', path: ['onlink'] })
    .refine(({ family, via, group }) => family === undefined || (via === undefined && group === undefined), {
      message: 'it follows: leave family out',
      path: ['family'],
    })
    .refine(({ id, group = [] }) => new Set([id, ...group.map((member) => member.id)]).size === group.length + 1, {
      message: 'each member once, and not the group itself',
      path: ['group'],
    }),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'addresses', 'nexthops'],
  subjects(input, world) {
    const { namespace, group = [] } = input;
    const there = known(world, input);
    const devices = [
      newNextHop(world, input).device,
      there?.device,
      ...group.flatMap(({ id }) => hopsOfObject(world, namespace, id).map(({ device }) => device)),
    ];
    const gateways = [input.via, there?.via, ...group.flatMap(({ id }) => hopsOfObject(world, namespace, id).map(({ via }) => via))];
    return [
      namespaceAt(world, namespace),
      ...[...new Set(devices)].flatMap((device) => (device ? [linkAt(world, namespace, device)] : [])),
      ...[...new Set(gateways)].flatMap((address): Subject[] => (address ? [{ kind: 'address', address }] : [])),
    ];
  },
  plan(input, world) {
    const { namespace, id, via, device, group = [], replace } = input;
    const place = world.at(namespace);
    const where = placeName(place);
    if (device !== undefined) world.link(namespace, device);
    const wanted = newNextHop(world, input);
    const there = known(world, input);
    if (there && isSame(there, wanted)) return ALREADY_SO;
    const missing = group.find((member) => !known(world, { namespace, id: member.id }));
    if (missing) return fail('OBJECT_NOT_FOUND', `${where} has no next hop object ${missing.id}.`, 'Add the members of a group first.', { id: missing.id });
    if (there && (!replace || there.group.length > 0 !== wanted.group.length > 0)) {
      const hint = replace ? 'A group and a single one cannot replace each other: delete_nexthop first.' : 'Choose another id, or say replace.';
      return fail('OBJECT_EXISTS', `${where} already has the next hop object ${nextHopText(there)}.`, hint, { id, there });
    }
    if (via !== undefined && wanted.device === null) {
      return fail('ROUTE_UNREACHABLE', `No address of ${where} is in one network with ${via}.`, 'Name the device, or give its link an address first.', { via });
    }
    const link = wanted.device === null ? null : world.link(namespace, wanted.device);
    if (link && !link.up) {
      return fail('ROUTE_UNREACHABLE', `Link ${link.name} in ${where} is down: the kernel takes no next hop through it.`, 'Bring it up with set_link first.', {
        link: link.name,
      });
    }
    const { args } = nextHopCommand(there ? 'replace' : 'add', wanted, world.links(namespace));
    return {
      steps: [step(place, args)],
      loses: there ? [`next hop object ${nextHopText(there)}`] : [],
      undoable: there === null || (there.other_attributes ?? []).length === 0,
      touches: [{ namespace, kind: 'nexthop', key: String(id) }],
    };
  },
  foresee(input, foreseen) {
    const wanted = newNextHop(foreseen, input);
    foreseen.drop(input.namespace, 'nexthops', ({ id }) => id === input.id);
    foreseen.put(input.namespace, 'nexthops', wanted);
  },
  result: { nexthop: z.string().nullable() },
  show: (input, world) => {
    const there = known(world, input);
    return { nexthop: there && nextHopText(there) };
  },
  tell: ({ nexthop }, { namespace }) => (nexthop ? `${namespace}: next hop ${nexthop}` : `${namespace} has no such next hop object.`),
});
