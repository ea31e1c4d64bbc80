// Links, addresses, routes and namespaces for pure tests: ordinary ones, with what the test is about put in.
import type { ResolvedNamespace } from '../../src/model/change.js';
import type { Address, Link, Route } from '../../src/model/snapshot.js';

export function aLink(facts: Partial<Link>): Link {
  return {
    index: 2,
    name: 'eth0',
    altnames: [],
    kind: 'veth',
    up: false,
    operstate: 'DOWN',
    flags: [],
    mtu: 1500,
    mac: '02:00:00:00:00:01',
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
    ...facts,
  };
}

export function anAddress(facts: Partial<Address>): Address {
  return {
    link: 'eth0',
    link_index: 2,
    family: 'inet',
    address: '10.0.0.1/24',
    peer: null,
    broadcast: null,
    scope: 'global',
    flags: [],
    label: null,
    metric: null,
    valid_lft_s: null,
    preferred_lft_s: null,
    ...facts,
  };
}

export function aRoute(facts: Partial<Route>): Route {
  return {
    family: 'inet',
    type: 'unicast',
    destination: 'default',
    via: null,
    device: null,
    source: null,
    metric: null,
    table: 'main',
    protocol: 'boot',
    scope: null,
    flags: [],
    next_hops: [],
    ...facts,
  };
}

export function aNamespace(facts: Partial<ResolvedNamespace>): ResolvedNamespace {
  return { reference: 'ns1', inode: 7, names: ['ns1'], isHost: false, owned: false, path: '/proc/1/fd/20', entry: { name: 'ns1' }, ...facts };
}
