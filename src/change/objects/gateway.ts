// Reaching a gateway for a moment: the kernel looks for it when a route is made (fib_check_nh, ip6_route_check_nh), and never again.
import { linkArgument } from '../plan/world.js';
import type { Scaffold, Site } from './object.js';

/** No other route has it: so this one can be told from any that is there. */
const METRIC = '4294967294';
/** Nor any other rule: it is one of routes only (rtnetlink(7), RTPROT_REDIRECT). */
const PROTOCOL = 'redirect';

/**
 * Routes straight to the gateways of some next hops, and rules that find them before any other rule has its way. A route outlives the address
 * by whose prefix its gateway was reached, and could not be made without it.
 */
export function gatewayScaffold(
  family: 'inet' | 'inet6',
  hops: readonly { via: string | null; device: string | null }[],
  { state: { links = [] } }: Site,
): Scaffold {
  const words = hops.flatMap(({ via, device }) => {
    const link = links.find(({ name }) => name === device);
    // Of another family than the route (RFC 5549), a gateway is link-local: that is always reached.
    if (via === null || !link || via.includes(':') !== (family === 'inet6')) return [];
    const prefix = `${via}/${family === 'inet6' ? 128 : 32}`;
    return [
      ['route', [prefix, 'dev', linkArgument(link, links), 'metric', METRIC]],
      ['rule', ['to', prefix, 'table', 'main', 'priority', '0', 'protocol', PROTOCOL]],
    ] as const;
  });
  // Only `-6` says that a rule is of IPv6: iproute2 does not look at its prefixes.
  const said = (object: string) => (family === 'inet6' && object === 'rule' ? ['-6'] : []);
  return {
    up: words.map(([object, rest]) => ({ args: [...said(object), object, 'add', ...rest] })),
    down: words.toReversed().map(([object, rest]) => ({ args: [...said(object), object, 'delete', ...rest] })),
  };
}
