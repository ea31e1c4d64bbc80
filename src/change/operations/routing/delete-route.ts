// delete_route
import { z } from 'zod';
import { routeText } from '../../../kernel/explain.js';
import { fail } from '../../../model/errors.js';
import { isRestorable, routeArguments } from '../../objects/route.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import { devicesOf, devicesOfRoute, routeSubjects } from '../../parts/routing/next-hop.js';
import { alike, fitting, routeTouch } from '../../parts/routing/route.js';
import { RouteInput } from '../../parts/routing/route-input.js';
import type { World } from '../../plan/world.js';

/** The default route of IPv6 in the same table. */
function hasIpv6Default({ namespace, table }: RouteInput, world: World): boolean {
  return alike(world, { namespace, table, destination: '::/0' }).length > 0;
}

/** Deletes a route. Equivalent to: ip route delete DESTINATION via NEXT_HOP dev LINK (ip-route(8)). */
export const deleteRoute = defineOperation({
  name: 'delete_route',
  title: 'Delete a route',
  description: 'Deletes the one route that fits; when several fit, it asks for via, device, metric or type.',
  action: 'route.delete',
  destroys: false,
  input: RouteInput,
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'addresses', 'routes'],
  subjects: (input, world) => routeSubjects(world, input, [...devicesOf(world, input), ...fitting(world, input).flatMap(devicesOfRoute)]),
  plan(input, world) {
    const { namespace, destination, via } = input;
    const fits = fitting(world, input);
    if (destination === 'default' && via === undefined && hasIpv6Default(input, world)) {
      return fail('INVALID_INPUT', 'There is a default route of IPv6, and "default" alone means that of IPv4.', 'Say 0.0.0.0/0 or ::/0, or give via.', {
        routes: fits,
      });
    }
    const [route] = fits;
    if (!route) return ALREADY_SO;
    if (fits.length > 1) {
      return fail('INVALID_INPUT', `${fits.length} routes fit: ${fits.map(routeText).join('; ')}.`, 'Give via, device, metric or type to tell which.', {
        routes: fits,
      });
    }
    return {
      steps: [step(world.at(namespace), routeArguments('delete', route, world.links(namespace)))],
      loses: isRestorable(route) ? [] : [`what the route has besides: ${route.other_attributes?.join(', ')}`],
      undoable: isRestorable(route),
      touches: [routeTouch(namespace, route)],
    };
  },
  foresee(input, foreseen) {
    const fits = fitting(foreseen, input);
    foreseen.drop(input.namespace, 'routes', (route) => fits.includes(route));
  },
  result: { routes_left: z.array(z.string()).describe('To the same destination') },
  show: (input, world) => ({ routes_left: alike(world, input).map(routeText) }),
  tell: ({ routes_left }, { namespace, destination }) =>
    routes_left.length === 0 ? `${namespace} has no route to ${destination} in that table.` : `${namespace} still has ${routes_left.join('; ')}.`,
});
