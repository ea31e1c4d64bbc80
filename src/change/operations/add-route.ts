// add_route
import { routeText } from '../../kernel/explain.js';
import { placeName } from '../../model/change.js';
import { fail } from '../../model/errors.js';
import { parsePrefix } from '../../model/ip.js';
import { ALREADY_SO, defineOperation, step } from '../operation.js';
import { alike, deviceOf, familyOf, RouteInput, routeSubjects, ShownRoute, shownRoute } from '../parts/route.js';
import { linkArgument } from '../world.js';

/** Adds a route. Equivalent to: ip route add DESTINATION via NEXT_HOP dev LINK (ip-route(8)). */
export const addRoute = defineOperation({
  name: 'add_route',
  title: 'Add a route',
  description: 'Adds a route: which next hop or link packets to a destination take. Give via, device, or both.',
  action: 'route.add',
  destroys: false,
  input: RouteInput.refine(({ via, device }) => via !== undefined || device !== undefined, { message: 'give via, device, or both', path: ['via'] }).refine(
    ({ destination, via }) => via === undefined || destination === 'default' || parsePrefix(via)?.family === parsePrefix(destination)?.family,
    { message: 'destination and via are of different families', path: ['via'] },
  ),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'addresses', 'routes'],
  subjects: routeSubjects,
  plan(input, world) {
    const { namespace, via, metric } = input;
    const place = world.at(namespace);
    const device = deviceOf(world, input);
    const family = familyOf(input);
    const effective = metric === undefined || (family === 'inet6' && metric === 0) ? (family === 'inet6' ? 1024 : 0) : metric;
    const [known] = alike(world, input, effective);
    if (known) {
      if ((via === undefined ? known.via === null : known.via === via) && (device === null || known.device === device.name)) return ALREADY_SO;
      return fail('ROUTE_CONFLICT', `${placeName(place)} already has the route ${routeText(known)}.`, 'Give another metric, or delete_route first.', {
        route: known,
      });
    }
    if (device && !device.up) {
      return fail(
        'ROUTE_UNREACHABLE',
        `Link ${device.name} in ${placeName(place)} is down: the kernel takes no route through it.`,
        `set_link {"namespace": "${namespace}", "link": "${device.name}", "up": true} first.`,
        { link: device.name },
      );
    }
    const destination = input.destination === 'default' && family === 'inet6' ? '::/0' : input.destination;
    const words = [
      destination,
      ...(via === undefined ? [] : ['via', via]),
      ...(device === null ? [] : ['dev', linkArgument(device, world.links(namespace))]),
      ...(metric === undefined ? [] : ['metric', String(metric)]),
      ...(input.table === 'main' ? [] : ['table', input.table]),
    ];
    // Without a metric, deleting takes the first route to the destination, which may be another one.
    const back = metric === undefined && effective > 0 ? [...words, 'metric', String(effective)] : words;
    return { steps: [step(place, ['route', 'add', ...words], ['route', 'delete', ...back])], loses: [], undoable: true };
  },
  result: { route: ShownRoute.nullable() },
  show: (input, world) => ({ route: shownRoute(input, world) }),
  tell: ({ route }, { namespace }) =>
    route ? `${namespace}: ${routeText({ destination: route.destination, via: route.via, device: route.device })}` : `${namespace} has no such route yet.`,
});
