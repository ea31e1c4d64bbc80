// The world as a list of operations will have made it: each is planned on what those before it leave. No kernel is asked.
import type { HeldNamespace } from '../../kernel/kernel.js';
import type { OwnedLinks } from '../../kernel/marks.js';
import { networkOf, parsePrefix, prefixText } from '../../model/ip.js';
import type { Address, Link, Route } from '../../model/objects.js';
import type { NamespaceState } from '../../model/snapshot.js';
import { Draft } from './draft.js';
import { isPlanned } from './places.js';

/** What a link must be told to have; the rest is as the kernel makes it. */
export type NewLink = Pick<Link, 'name' | 'kind'> & Partial<Link>;

/** Below it a link has no IPv6 at all (RFC 8200, section 5). */
export const LEAST_IPV6_MTU = 1280;

/** Sections whose objects hang on one link, by its name. */
const ON_DEVICE = ['neighbours', 'fdb', 'vlans', 'shaping', 'offloads', 'wireguard'] as const;

function routeGoesThrough({ device, next_hops }: Route, name: string): boolean {
  return device === name || next_hops.some((hop) => hop.device === name);
}

/**
 * A world that operations change as the kernel would: what follows from a change by the kernel's own rules is said here, once. Where it
 * is not exact (random MACs, new indices, announcements of routers), what is read back afterwards counts.
 */
export class Foreseen extends Draft {
  #lastIndex = 0;
  /** Indices of links that the list makes, or moves though this server had made them before. */
  readonly #ours = new Set<number>();

  /** A named namespace, with its loopback, which is down. */
  addNamespace(name: string): void {
    const place = this.planned.get(name);
    if (!place) throw new Error(`namespace ${name} was not planned`);
    this.places.set(name, place);
    this.states.set(place.inode, {});
    this.addLink(name, { name: 'lo', kind: 'loopback', mtu: 65_536, flags: ['LOOPBACK'], mac: '00:00:00:00:00:00' });
  }

  /** The namespace goes, with all links in it and their other ends. */
  dropNamespace(reference: string): void {
    const { inode } = this.at(reference);
    for (const { name, kind } of this.links(reference)) if (kind === 'veth') this.dropLink(reference, name);
    for (const [other, place] of this.places) if (place.inode === inode) this.places.delete(other);
    this.states.delete(inode);
  }

  /** The reference leads nowhere any more; what it led to lives on. */
  dropName(reference: string): void {
    this.places.delete(reference);
  }

  addLink(reference: string, link: NewLink): Link {
    const made: Link = {
      index: --this.#lastIndex,
      altnames: [],
      up: false,
      operstate: 'DOWN',
      flags: ['BROADCAST', 'MULTICAST'],
      mtu: 1500,
      mac: null,
      peer_index: null,
      peer: null,
      link_netnsid: null,
      master: null,
      alias: null,
      qdisc: 'noqueue',
      group: 'default',
      netns_immutable: null,
      tx_queue_len: 1000,
      addr_gen_mode: 'eui64',
      attributes: {},
      port: null,
      ...link,
    };
    this.put(reference, 'links', made);
    this.#ours.add(made.index);
    return made;
  }

  /** Two links, each the other's end. */
  addPair([here, one]: readonly [string, NewLink], [there, other]: readonly [string, NewLink]): void {
    const isTogether = this.at(here).inode === this.at(there).inode;
    const a = this.addLink(here, one);
    const b = this.addLink(there, other);
    const end = (from: string, to: string, peer: Link) => ({
      peer_index: peer.index,
      peer: isTogether ? peer.name : null,
      link_netnsid: isTogether ? null : this.idOf(from, to),
    });
    this.#replace(here, a.name, { ...a, ...end(here, there, b) });
    this.#replace(there, b.name, { ...b, ...end(there, here, a) });
  }

  /** A link goes, with all that hangs on it, what stands on it, and its other end. */
  dropLink(reference: string, name: string): void {
    const link = this.links(reference).find((known) => known.name === name);
    if (!link) return;
    const there = this.#whereOtherEnd(reference, link);
    this.#detach(reference, link);
    this.drop(reference, 'links', ({ index }) => index === link.index);
    for (const port of this.links(reference)) if (port.master === name) this.changeLink(reference, port.name, { master: null, port: null });
    for (const upper of this.links(reference)) if (upper.kind !== 'veth' && upper.peer === name) this.dropLink(reference, upper.name);
    if (link.kind !== 'veth' || link.peer_index === null) return;
    const peer = this.find(there) && this.links(there).find(({ index }) => index === link.peer_index);
    if (peer) this.dropLink(there, peer.name);
  }

  /** Attributes of a link, with what follows: a link that goes down loses its routes and configured IPv6 addresses, a new name is everywhere. */
  changeLink(reference: string, name: string, changes: Partial<Link>): void {
    const link = this.links(reference).find((known) => known.name === name);
    if (!link) throw new Error(`link ${name} is not foreseen in ${reference}`);
    this.#replace(reference, name, { ...link, ...changes });
    const goesDown = changes.up === false && link.up;
    const losesIpv6 = changes.mtu !== undefined && changes.mtu < LEAST_IPV6_MTU && link.mtu >= LEAST_IPV6_MTU;
    if (goesDown || losesIpv6) {
      this.drop(reference, 'routes', (route) => (goesDown || route.family === 'inet6') && routeGoesThrough(route, name));
      this.#flushNextHops(reference, name, goesDown ? ['inet', 'inet6'] : ['inet6']);
      this.drop(reference, 'addresses', ({ link_index, family }) => link_index === link.index && family === 'inet6');
    }
    if (goesDown) this.#loseCarrier(reference, link);
    if (changes.up === true && !link.up) for (const address of this.#addressesOf(reference, link)) this.#connect(reference, link.name, address);
    // VLANs follow the link that they are on (vlan_device_event, net/8021q/vlan.c).
    const follows = ({ kind, peer, up }: Link) => kind === 'vlan' && peer === name && up !== changes.up;
    if (changes.up !== undefined) for (const { name: vlan } of this.links(reference).filter(follows)) this.changeLink(reference, vlan, { up: changes.up });
    if (changes.name !== undefined && changes.name !== name) this.#rename(reference, link, changes.name);
  }

  /** Indices of the links of a namespace that this server has made, or will have by then. */
  ownedLinks(place: HeldNamespace): OwnedLinks {
    return isPlanned(place) ? this.#ours : new Set([...this.marked(place), ...this.#ours]);
  }

  /** It arrives down and without what hung on it. */
  moveLink(from: string, name: string, to: string, newName: string): Link {
    const link = this.links(from).find((known) => known.name === name);
    if (!link) throw new Error(`link ${name} is not foreseen in ${from}`);
    const there = this.#whereOtherEnd(from, link);
    const isOurs = this.ownedLinks(this.at(from)).has(link.index);
    this.#loseCarrier(from, link);
    this.#detach(from, link);
    this.drop(from, 'links', ({ index }) => index === link.index);
    const moved = this.addLink(to, { ...link, index: --this.#lastIndex, name: newName, up: false, operstate: 'DOWN', master: null, port: null });
    if (!isOurs) this.#ours.delete(moved.index);
    this.#replace(to, newName, { ...moved, ...this.#otherEnd(there, link, to, moved) });
    return moved;
  }

  addAddress(reference: string, address: Address): void {
    const at = this.list(reference, 'addresses').findIndex((known) => isInFront(address, known));
    this.put(reference, 'addresses', address, at === -1 ? undefined : at);
    const link = this.links(reference).find(({ index }) => index === address.link_index);
    if (link?.up) this.#connect(reference, link.name, address);
  }

  dropAddress(reference: string, address: Address): void {
    this.drop(reference, 'addresses', (known) => known === address);
    const prefix = connectedPrefix(address);
    const isShared = (this.state(reference).addresses ?? []).some((other) => other.link_index === address.link_index && connectedPrefix(other) === prefix);
    this.drop(reference, 'routes', ({ family, device, destination, protocol, source }) => {
      const isConnected =
        !isShared &&
        protocol === 'kernel' &&
        device === address.link &&
        (destination === prefix || `${destination}/${family === 'inet' ? 32 : 128}` === prefix);
      return isConnected || (family === 'inet' && source === address.address.split('/')[0]);
    });
  }

  #replace(reference: string, name: string, link: Link): void {
    this.write(
      reference,
      'links',
      this.links(reference).map((known) => (known.name === name ? link : known)),
    );
  }

  #addressesOf(reference: string, link: Link): Address[] {
    return (this.state(reference).addresses ?? []).filter(({ link_index }) => link_index === link.index);
  }

  /** Next hop objects through a link go, with groups of which they are all, and with the routes that refer to them (remove_nexthop, net/ipv4/nexthop.c). */
  #flushNextHops(reference: string, name: string, families: readonly (string | null)[] = ['inet', 'inet6']): void {
    const gone = new Set(this.list(reference, 'nexthops').flatMap(({ id, device, family }) => (device === name && families.includes(family) ? [id] : [])));
    if (gone.size === 0) return;
    const nexthops = this.list(reference, 'nexthops').map((each) => ({ ...each, group: each.group.filter(({ id }) => !gone.has(id)) }));
    for (const { id, group } of this.list(reference, 'nexthops')) if (group.length > 0 && group.every((member) => gone.has(member.id))) gone.add(id);
    this.write(
      reference,
      'nexthops',
      nexthops.filter(({ id }) => !gone.has(id)),
    );
    this.drop(reference, 'routes', ({ nexthop_id }) => nexthop_id !== undefined && gone.has(nexthop_id));
  }

  /** The other end of a veth loses its carrier: next hop objects there go as well (nh_netdev_event). */
  #loseCarrier(reference: string, link: Link): void {
    if (link.kind !== 'veth' || link.peer_index === null) return;
    const there = this.#whereOtherEnd(reference, link);
    const peer = this.find(there) && this.links(there).find(({ index }) => index === link.peer_index);
    if (peer) this.#flushNextHops(there, peer.name);
  }

  /** All that hangs on a link goes. */
  #detach(reference: string, link: Link): void {
    this.drop(reference, 'addresses', ({ link_index }) => link_index === link.index);
    this.drop(reference, 'routes', (route) => routeGoesThrough(route, link.name));
    this.#flushNextHops(reference, link.name);
    for (const section of ON_DEVICE) this.drop(reference, section, ({ device }) => device === link.name);
  }

  /** The route to the prefix of an address, which the kernel adds with it (fib_add_ifaddr, addrconf_prefix_route). */
  #connect(reference: string, device: string, address: Address): void {
    const destination = connectedPrefix(address);
    // A secondary address shares the route of the first.
    if (destination === null || address.flags.includes('noprefixroute') || address.flags.includes('secondary')) return;
    const { family, metric } = address;
    const isLoopback = this.links(reference).some(({ name, kind }) => name === device && kind === 'loopback');
    const source = family === 'inet' ? (address.address.split('/')[0] ?? null) : null;
    const route: Route = {
      ...{
        family,
        type: 'unicast',
        destination: destination.replace(family === 'inet' ? '/32' : '/128', ''),
        via: null,
        device,
        source,
        protocol: 'kernel',
        flags: [],
        next_hops: [],
      },
      table: this.#tableOf(reference, device),
      metric: metric ?? (family === 'inet' ? null : 256),
      scope: family === 'inet' ? 'link' : 'global',
      // That to the prefix of an address with a lifetime expires with it, but for the loopback's.
      ...(family === 'inet6' && address.valid_lft_s !== null && !isLoopback ? { other_attributes: ['expires'] } : {}),
    };
    this.put(reference, 'routes', route);
  }

  /** The table of the VRF that it is a port of, or `main` (l3mdev_fib_table). */
  #tableOf(reference: string, device: string): string {
    const links = this.links(reference);
    const master = links.find(({ name }) => name === links.find((link) => link.name === device)?.master);
    return master?.kind === 'vrf' ? String(master.attributes['table']) : 'main';
  }

  #rename(reference: string, { name, index }: Link, to: string): void {
    const on = (device: string | null) => (device === name ? to : device);
    const state = this.state(reference);
    const renamed: NamespaceState = {
      ...state,
      links: (state.links ?? []).map((link) => ({ ...link, master: on(link.master), peer: on(link.peer) })),
      addresses: (state.addresses ?? []).map((address) => (address.link_index === index ? { ...address, link: to, label: null } : address)),
      routes: (state.routes ?? []).map((route) => ({
        ...route,
        device: on(route.device),
        next_hops: route.next_hops.map((hop) => ({ ...hop, device: on(hop.device) })),
      })),
    };
    this.states.set(this.at(reference).inode, renamed);
    for (const section of ON_DEVICE) {
      const list: { device: string }[] = this.list(reference, section);
      if (list.some(({ device }) => device === name)) {
        this.states.set(this.at(reference).inode, {
          ...this.state(reference),
          [section]: list.map((item) => (item.device === name ? { ...item, device: to } : item)),
        });
      }
    }
  }

  /** Asked while the link is still where it was: by that it is told. */
  #whereOtherEnd(from: string, { link_netnsid }: Link): string {
    return link_netnsid === null ? from : this.referenceOf(from, link_netnsid);
  }

  /** What a moved link shows of its other end, and the other end is told of it. */
  #otherEnd(there: string, link: Link, to: string, moved: Link): Partial<Link> {
    if (link.peer_index === null) return {};
    const peer = this.find(there) && this.links(there).find(({ index }) => index === link.peer_index);
    if (!peer) return { peer: null };
    const isTogether = this.at(there).inode === this.at(to).inode;
    if (link.kind === 'veth') {
      const seen = isTogether ? { peer: moved.name, link_netnsid: null } : { peer: null, link_netnsid: this.idOf(there, to) };
      this.#replace(there, peer.name, { ...peer, peer_index: moved.index, ...seen });
    }
    return isTogether ? { peer: peer.name, link_netnsid: null } : { peer: null, link_netnsid: this.idOf(to, there) };
  }
}

/** A new IPv6 address comes before those of its link that reach no farther (ipv6_link_dev_addr, net/ipv6/addrconf.c). */
function isInFront(address: Address, known: Address): boolean {
  const isSameList = address.family === 'inet6' && known.family === 'inet6' && address.link_index === known.link_index;
  return isSameList && (address.scope === 'global' || known.scope !== 'global');
}

/** The prefix that an address makes reachable; null for a host address. */
function connectedPrefix({ address, peer }: Address): string | null {
  const prefix = parsePrefix(peer === null ? address : `${peer}/${address.split('/')[1]}`);
  if (!prefix || (prefix.length === (prefix.family === 'inet' ? 32 : 128) && peer === null)) return null;
  return prefixText(networkOf(prefix));
}
