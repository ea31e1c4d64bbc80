// delete_route
import { z } from 'zod';
import { routeText } from '../../kernel/explain.js';
import { fail } from '../../model/errors.js';
import { ALREADY_SO, defineOperation, step } from '../operation.js';
import { isRestorable, routeArguments } from '../parts/restore.js';
import { alike, deviceOf, RouteInput, routeSubjects } from '../parts/route.js';
import type { World } from '../world.js';

/** The default route of IPv6 in the same table. */
function hasIpv6Default({ namespace, table }: RouteInput, world: World): boolean {
  return alike(world, { namespace, table, destination: '::/0' }, undefined).length > 0;
}

/** Deletes a route. Equivalent to: ip route delete DESTINATION via NEXT_HOP dev LINK (ip-route(8)). */
export const deleteRoute = defineOperation({
  name: 'delete_route',
  title: 'Delete a route',
  description: 'Deletes the one route that fits; when several fit, it asks for via, device or metric.',
  action: 'route.delete',
  destroys: false,
  input: RouteInput,
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'addresses', 'routes'],
  subjects: routeSubjects,
  plan(input, world) {
    const { namespace, via, metric } = input;
    const device = deviceOf(world, input);
    const fitting = alike(world, input, metric).filter(
      (route) => (via === undefined || route.via === via) && (device === null || route.device === device.name),
    );
    if (input.destination === 'default' && via === undefined && hasIpv6Default(input, world)) {
      return fail('INVALID_INPUT', 'There is a default route of IPv6, and "default" alone means that of IPv4.', 'Say 0.0.0.0/0 or ::/0, or give via.', {
        routes: fitting,
      });
    }
    const [route] = fitting;
    if (!route) return ALREADY_SO;
    if (fitting.length > 1) {
      return fail('INVALID_INPUT', `${fitting.length} routes fit: ${fitting.map(routeText).join('; ')}.`, 'Give via, device or metric to tell which.', {
        routes: fitting,
      });
    }
    const links = world.links(namespace);
    const undoable = isRestorable(route);
    return {
      steps: [step(world.at(namespace), routeArguments('delete', route, links), ...(undoable ? [routeArguments('add', route, links)] : []))],
      loses: undoable ? [] : [`what the route has besides: ${route.other_attributes?.join(', ')}`],
      undoable,
    };
  },
  result: { routes_left: z.array(z.string()).describe('To the same destination') },
  show: (input, world) => ({ routes_left: alike(world, input, undefined).map(routeText) }),
  tell: ({ routes_left }, { namespace, destination }) =>
    routes_left.length === 0 ? `${namespace} has no route to ${destination} in that table.` : `${namespace} still has ${routes_left.join('; ')}.`,
});
