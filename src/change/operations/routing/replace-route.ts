// replace_route
import { routeText } from '../../../kernel/explain.js';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { isRestorable } from '../../objects/route.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import { devicesOf, devicesOfRoute, newRouteArguments, routeSubjects } from '../../parts/routing/next-hop.js';
import {
  demandLinksUp,
  inPlaceOf,
  propertiesBeyond,
  routeDifferences,
  routeOf,
  routeTouch,
  ShownRoute,
  shownRoute,
  tellRoute,
} from '../../parts/routing/route.js';
import { NewRouteInput, routeSections } from '../../parts/routing/route-input.js';

/** Puts a route in the place of the one of its destination and metric. Equivalent to: ip route replace DESTINATION via NEXT_HOP dev LINK (ip-route(8)). */
export const replaceRoute = defineOperation({
  name: 'replace_route',
  title: 'Replace a route',
  description: 'Puts a route in the place of the one to the same destination with the same metric, without a gap; adds it when there is none.',
  action: 'route.add',
  alsoActs: () => ['route.delete'],
  destroys: false,
  input: NewRouteInput,
  namespaces: ({ namespace }) => [namespace],
  needs: routeSections,
  subjects: (input, world) => routeSubjects(world, input, [...devicesOf(world, input), ...inPlaceOf(world, input).flatMap(devicesOfRoute)]),
  plan(input, world) {
    const { namespace } = input;
    const place = world.at(namespace);
    const known = inPlaceOf(world, input);
    const [replaced, ...others] = known;
    if (others.length > 0) {
      return fail(
        'ROUTE_CONFLICT',
        `${placeName(place)} has ${known.length} routes to ${input.destination} with that metric: ${known.map(routeText).join('; ')}.`,
        'Delete those that are not wanted with delete_route.',
        { routes: known },
      );
    }
    const isKept = replaced && routeDifferences(world, replaced, input).length === 0 && propertiesBeyond(replaced, input).length === 0;
    if (isKept) return ALREADY_SO;
    demandLinksUp(world, input);
    return {
      steps: [step(place, newRouteArguments('replace', world, input))],
      loses: replaced ? [`route ${routeText(replaced)}, which it replaces`] : [],
      undoable: !replaced || isRestorable(replaced),
      touches: [...known, routeOf(world, input)].map((route) => routeTouch(namespace, route)),
    };
  },
  foresee(input, foreseen) {
    const known = inPlaceOf(foreseen, input);
    const route = routeOf(foreseen, input);
    foreseen.drop(input.namespace, 'routes', (each) => known.includes(each));
    foreseen.put(input.namespace, 'routes', route);
  },
  result: { route: ShownRoute.nullable() },
  show: (input, world) => ({ route: shownRoute(world, input) }),
  tell: ({ route }, { namespace }) => tellRoute(namespace, route),
});
