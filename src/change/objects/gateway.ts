// Reaching a gateway for a moment: the kernel looks for it when a route is made (fib_check_nh, ip6_route_check_nh), and never again.
import { linkArgument } from '../plan/world.js';
import type { Scaffold, Site } from './object.js';

/** No other route has it: so this one can be told from any that is there. */
const METRIC = '4294967294';

/** Routes straight to the gateways of some next hops. A route outlives the address by whose prefix its gateway was reached, and could not be made without it. */
export function gatewayScaffold(
  family: 'inet' | 'inet6',
  hops: readonly { via: string | null; device: string | null }[],
  { state: { links = [] } }: Site,
): Scaffold {
  const routes = hops.flatMap(({ via, device }) => {
    const link = links.find(({ name }) => name === device);
    // Of another family than the route (RFC 5549), a gateway is link-local: that is always reached.
    if (via === null || !link || via.includes(':') !== (family === 'inet6')) return [];
    return [[`${via}/${family === 'inet6' ? 128 : 32}`, 'dev', linkArgument(link, links), 'metric', METRIC]];
  });
  return {
    up: routes.map((words) => ({ args: ['route', 'add', ...words] })),
    down: routes.toReversed().map((words) => ({ args: ['route', 'delete', ...words] })),
  };
}
