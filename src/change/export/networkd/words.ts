// Addresses, routes and rules in the words of systemd.network(5). null where it has none for all that one says.
import { Address, type Route, Rule } from '../../../model/objects.js';
import { visible } from '../../../model/text.js';
import { RouteObject } from '../../objects/route.js';

/** null where a value could be read as the end of its line: names and labels are whatever somebody in a namespace chose. */
function onOneLine(lines: string[]): string[] | null {
  return lines.every((line) => visible(line) === line) ? lines : null;
}

const PLAIN_FLAGS = ['permanent', 'secondary', 'tentative'];
const NAMED_TABLES = ['main', 'default', 'local'];
/** rt_scopes that it knows by name. */
const SCOPES = ['global', 'link', 'host', 'site', 'nowhere'];

/** `[Address]`. */
export function addressSection(value: unknown): string[] | null {
  const { address, peer, broadcast, scope, flags, label, link, metric, valid_lft_s, preferred_lft_s } = Address.parse(value);
  const special = flags.filter((flag) => !PLAIN_FLAGS.includes(flag));
  const known: Record<string, string> = { nodad: 'DuplicateAddressDetection=none', noprefixroute: 'AddPrefixRoute=no', home: 'HomeAddress=yes' };
  if (special.some((flag) => known[flag] === undefined) || valid_lft_s !== null || (preferred_lft_s !== null && preferred_lft_s !== 0)) return null;
  const [local = '', length = ''] = address.split('/');
  return onOneLine([
    '[Address]',
    ...(peer ? [`Address=${local}/${length}`, `Peer=${peer}/${length}`] : [`Address=${address}`]),
    ...(broadcast ? [`Broadcast=${broadcast}`] : []),
    ...(label && label !== link ? [`Label=${label}`] : []),
    ...(scope === 'global' ? [] : [`Scope=${scope}`]),
    ...(metric === null ? [] : [`RouteMetric=${metric}`]),
    ...(preferred_lft_s === 0 ? ['PreferredLifetime=0'] : []),
    ...special.flatMap((flag) => known[flag] ?? []),
  ]);
}

function isSimple(route: Route & { rank: number }): boolean {
  const { type, device, next_hops, nexthop_id, metrics = {}, realms, preference, from, tos, other_attributes = [], rank, table, scope } = route;
  const special =
    [nexthop_id, realms, preference, from, tos].some((each) => each !== undefined) || other_attributes.length > 0 || Object.keys(metrics).length > 0;
  const isKnown = (NAMED_TABLES.includes(table) || /^\d+$/.test(table)) && (scope === null || SCOPES.includes(scope));
  return type === 'unicast' && device !== null && next_hops.length === 0 && rank === 0 && !special && isKnown;
}

/** `[Route]` of the link that it leads through. */
export function routeSection(value: unknown): string[] | null {
  const route = RouteObject.parse(value);
  if (!isSimple(route)) return null;
  const { family, destination, via, source, metric, table, protocol, scope, flags } = route;
  const everywhere = family === 'inet' ? '0.0.0.0/0' : '::/0';
  return onOneLine([
    '[Route]',
    `Destination=${destination === 'default' ? everywhere : destination}`,
    ...(via === null ? [] : [`Gateway=${via}`]),
    ...(source === null ? [] : [`PreferredSource=${source}`]),
    ...(metric === null ? [] : [`Metric=${metric}`]),
    ...(table === 'main' ? [] : [`Table=${table}`]),
    ...(protocol === 'static' ? [] : [`Protocol=${protocol}`]),
    ...(scope === null || family === 'inet6' ? [] : [`Scope=${scope}`]),
    ...(flags.includes('onlink') ? ['GatewayOnLink=yes'] : []),
  ]);
}

/** Selectors of ip-rule(8) that it knows. */
const SELECTORS: Readonly<Record<string, string>> = { fwmark: 'FirewallMark', iif: 'IncomingInterface', oif: 'OutgoingInterface', tos: 'TypeOfService' };

/** `[RoutingPolicyRule]`. */
export function ruleSection(value: unknown): string[] | null {
  const { family, priority, source, destination, table, action, selectors, protocol, other_attributes = [] } = Rule.parse(value);
  const { not, ...others } = selectors;
  const isKnown =
    table !== null && (NAMED_TABLES.includes(table) || /^\d+$/.test(table)) && action === null && other_attributes.length === 0 && protocol === null;
  if (!isKnown || Object.keys(others).some((word) => SELECTORS[word] === undefined)) return null;
  return onOneLine([
    '[RoutingPolicyRule]',
    `Priority=${priority}`,
    `Family=${family === 'inet' ? 'ipv4' : 'ipv6'}`,
    ...(source === 'all' ? [] : [`From=${source}`]),
    ...(destination === null ? [] : [`To=${destination}`]),
    ...Object.entries(others).map(([word, text]) => `${SELECTORS[word]}=${text}`),
    ...(not === undefined ? [] : ['InvertRule=yes']),
    `Table=${table}`,
  ]);
}
