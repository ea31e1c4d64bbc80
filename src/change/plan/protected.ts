// Which links of the host must not be lost: those that keep somebody connected. A pure function of what was read.
import { contains, parsePrefix } from '../../model/ip.js';
import type { Subject } from '../../model/policy.js';
import type { Address, Link, NamespaceState, Route } from '../../model/snapshot.js';

/** The address at which this host was reached by the SSH session that the server runs in (ssh(1): SSH_CONNECTION), or null. */
export function clientAddress(environment: NodeJS.ProcessEnv = process.env): string | null {
  // A link-local address comes with its zone.
  return environment['SSH_CONNECTION']?.split(' ')[2]?.replace(/%.*/, '') ?? null;
}

/**
 * Why each link of the host is protected, by index: loopback; what carries a default route; what has the address that the
 * client came in on; and the physical ports and lower links that those stand on.
 */
export function protectedLinks({ links = [], addresses = [], routes = [] }: NamespaceState, clientIp: string | null): ReadonlyMap<number, string> {
  const reasons = new Map<number, string>();
  const protect = (link: Link | undefined, why: string) => {
    if (!link || reasons.has(link.index)) return;
    reasons.set(link.index, why);
    // A bridge or bond stands on its ports; a vlan or macvlan on its lower link. A veth's peer only looks like one.
    for (const port of links)
      if (port.master === link.name && port.kind !== 'veth' && port.kind !== 'tun') protect(port, `${link.name} stands on it, and ${why}`);
    if (link.kind !== 'veth')
      protect(
        links.find(({ name }) => name === link.peer),
        `${link.name} stands on it, and ${why}`,
      );
  };
  for (const link of links) if (link.kind === 'loopback') protect(link, 'it is the loopback');
  for (const route of routes) {
    if (route.destination !== 'default' || route.type !== 'unicast') continue;
    for (const device of [route.device, ...route.next_hops.map((hop) => hop.device)]) {
      protect(
        links.find(({ name }) => name === device),
        `${device} carries the default route`,
      );
    }
  }
  const at = clientAt(addresses, clientIp);
  if (at)
    protect(
      links.find(({ index }) => index === at.link_index),
      'the client came in on it',
    );
  return reasons;
}

/** The address of the host that the client came in on. */
function clientAt(addresses: readonly Address[], clientIp: string | null): Address | undefined {
  const client = clientIp === null ? null : parsePrefix(clientIp);
  if (client === null) return undefined;
  return addresses.find(({ address }) => {
    const own = parsePrefix(address.split('/')[0] ?? '');
    return own !== null && contains(own, client);
  });
}

function isDefault({ destination, type }: Route): boolean {
  return destination === 'default' && type === 'unicast';
}

/** Why what the host would be cuts somebody off who now gets through, a clause each. @param before @param after The state of the host. */
export function cutsOff(before: NamespaceState, after: NamespaceState, clientIp: string | null): string[] {
  const isLeft = (route: Route) =>
    (after.routes ?? []).some(({ family, table, via, device, metric, type, destination }) => {
      const isSame = family === route.family && table === route.table && via === route.via && device === route.device && metric === route.metric;
      return isSame && destination === 'default' && type === 'unicast';
    });
  const lost = (before.routes ?? []).filter((route) => isDefault(route) && route.protocol !== 'kernel' && !isLeft(route));
  const at = clientAt(before.addresses ?? [], clientIp);
  const stays = at === undefined || (after.addresses ?? []).some(({ address, link_index }) => address === at.address && link_index === at.link_index);
  const link = (state: NamespaceState) => (state.links ?? []).find(({ index }) => index === at?.link_index);
  const isDown = at !== undefined && link(before)?.up === true && link(after)?.up !== true;
  return [
    ...lost.map(({ via, device }) => `the default route of the host${via === null ? '' : ` via ${via}`}${device === null ? '' : ` through ${device}`} goes`),
    ...(stays ? [] : [`the address ${at?.address} that the client came in on goes`]),
    ...(isDown ? [`the link ${at?.link} that the client came in on goes down`] : []),
  ];
}

/** The subjects with each link of the host that must not be lost marked as protected. @param host What was read of the host. */
export function withProtection(subjects: Subject[], host: NamespaceState): Subject[] {
  const reasons = protectedLinks(host, clientAddress());
  return subjects.map((subject) =>
    subject.kind === 'link' && subject.namespace.is_host && subject.index !== null
      ? { ...subject, protected_because: reasons.get(subject.index) ?? null }
      : subject,
  );
}
