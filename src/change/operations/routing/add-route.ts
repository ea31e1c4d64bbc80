// add_route
import { routeText } from '../../../kernel/explain.js';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import { devicesOf, newRouteArguments, routeSubjects } from '../../parts/routing/next-hop.js';
import { demandLinksUp, inPlaceOf, routeDifferences, routeOf, routeTouch, ShownRoute, shownRoute, tellRoute } from '../../parts/routing/route.js';
import { NewRouteInput, routeSections } from '../../parts/routing/route-input.js';

/** Adds a route. Equivalent to: ip route add DESTINATION via NEXT_HOP dev LINK (ip-route(8)). */
export const addRoute = defineOperation({
  name: 'add_route',
  title: 'Add a route',
  description: 'Adds a route: which next hop or link packets to a destination take. Give via, device, or both; or next_hops, or nexthop_id.',
  action: 'route.add',
  destroys: false,
  input: NewRouteInput,
  namespaces: ({ namespace }) => [namespace],
  needs: routeSections,
  subjects: (input, world) => routeSubjects(world, input, devicesOf(world, input)),
  plan(input, world) {
    const { namespace } = input;
    const place = world.at(namespace);
    const known = inPlaceOf(world, input);
    if (known.some((route) => routeDifferences(world, route, input).length === 0)) return ALREADY_SO;
    const [other] = known;
    if (other) {
      return fail('ROUTE_CONFLICT', `${placeName(place)} already has the route ${routeText(other)}.`, 'Give another metric, or use replace_route.', {
        route: other,
      });
    }
    demandLinksUp(world, input);
    return {
      steps: [step(place, newRouteArguments('add', world, input))],
      loses: [],
      undoable: true,
      touches: [routeTouch(namespace, routeOf(world, input))],
    };
  },
  foresee: (input, foreseen) => foreseen.put(input.namespace, 'routes', routeOf(foreseen, input)),
  result: { route: ShownRoute.nullable() },
  show: (input, world) => ({ route: shownRoute(world, input) }),
  tell: ({ route }, { namespace }) => tellRoute(namespace, route),
});
