// delete_nexthop
import { z } from 'zod';
import { routeText } from '../../../kernel/explain.js';
import type { Subject } from '../../../model/policy.js';
import type { NextHop, Route } from '../../../model/snapshot.js';
import { nextHopText } from '../../objects/nexthop.js';
import { isRestorable, routeKey } from '../../objects/route.js';
import { ALREADY_SO, defineOperation, linkAt, namespaceAt, step, type Touch } from '../../operation.js';
import { InNamespace } from '../../parts/inputs.js';
import { devicesOfRoute } from '../../parts/routing/next-hop.js';
import type { World } from '../../plan/world.js';

interface Consequences {
  /** The object, and groups of which it is the last member. */
  gone: NextHop[];
  /** Groups that go on without it. */
  smaller: NextHop[];
  routes: Route[];
}

/** What goes with a next hop object (remove_nexthop, net/ipv4/nexthop.c). */
function consequences(world: World, namespace: string, id: number): Consequences {
  const { nexthops = [], routes = [] } = world.state(namespace);
  const groups = nexthops.filter(({ group }) => group.some((member) => member.id === id));
  const gone = [...nexthops.filter((nextHop) => nextHop.id === id), ...groups.filter(({ group }) => group.length === 1)];
  const ids = gone.map((nextHop) => nextHop.id);
  return {
    gone,
    smaller: groups.filter(({ group }) => group.length > 1),
    routes: routes.filter(({ nexthop_id }) => nexthop_id !== undefined && ids.includes(nexthop_id)),
  };
}

/** Deletes a next hop object. Equivalent to: ip nexthop delete id ID (ip-nexthop(8)). */
export const deleteNexthop = defineOperation({
  name: 'delete_nexthop',
  title: 'Delete a next hop object',
  description: 'Deletes a next hop object, and with it the routes that refer to it.',
  action: 'nexthop.delete',
  destroys: true,
  input: z.strictObject({ namespace: InNamespace, id: z.number().int().min(1).max(0xffff_ffff) }),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'addresses', 'nexthops', 'routes'],
  subjects({ namespace, id }, world) {
    const { gone, smaller, routes } = consequences(world, namespace, id);
    const devices = [...[...gone, ...smaller].flatMap(({ device }) => device ?? []), ...routes.flatMap(devicesOfRoute)];
    const gateways = gone.flatMap(({ via }) => via ?? []);
    return [
      namespaceAt(world, namespace),
      ...[...new Set(devices)].map((device) => linkAt(world, namespace, device)),
      ...[...new Set(gateways)].map((address): Subject => ({ kind: 'address', address })),
    ];
  },
  plan({ namespace, id }, world) {
    const { gone, smaller, routes } = consequences(world, namespace, id);
    if (gone.length === 0) return ALREADY_SO;
    const nextHops = [...gone, ...smaller];
    return {
      steps: [step(world.at(namespace), ['nexthop', 'delete', 'id', String(id)])],
      loses: [
        ...gone.map((nextHop) => `next hop object ${nextHopText(nextHop)}`),
        ...smaller.map((group) => `its place in the group ${group.id}`),
        ...routes.map((route) => `route ${routeText(route)}`),
      ],
      undoable: routes.every(isRestorable) && nextHops.every(({ other_attributes = [] }) => other_attributes.length === 0),
      touches: [
        ...nextHops.map((nextHop): Touch => ({ namespace, kind: 'nexthop', key: String(nextHop.id) })),
        ...routes.map((route): Touch => ({ namespace, kind: 'route', key: routeKey(route) })),
      ],
    };
  },
  foresee({ namespace, id }, foreseen) {
    const { gone, smaller, routes } = consequences(foreseen, namespace, id);
    foreseen.drop(namespace, 'routes', (route) => routes.includes(route));
    foreseen.drop(namespace, 'nexthops', (nextHop) => gone.includes(nextHop) || smaller.includes(nextHop));
    for (const nextHop of smaller) foreseen.put(namespace, 'nexthops', { ...nextHop, group: nextHop.group.filter((member) => member.id !== id) });
  },
  result: { ids_left: z.array(z.number()) },
  show: ({ namespace }, world) => ({ ids_left: (world.state(namespace).nexthops ?? []).map((nextHop) => nextHop.id) }),
  tell: ({ ids_left }, { namespace }) =>
    ids_left.length === 0 ? `${namespace} has no next hop objects.` : `${namespace} still has the next hop objects ${ids_left.join(', ')}.`,
});
