// Which sections hold what the kernel takes along: all of them are captured before a link or a namespace goes.
import type { Section } from '../../../model/snapshot.js';

/** What leaves with a link that changes its namespace, and what else of it nobody keeps. Its offloads go with it. */
export const ALONG_WITH_A_LINK = [
  ...(['links', 'addresses', 'routes', 'nexthops', 'neighbours'] as const),
  ...(['fdb', 'vlans', 'shaping', 'sysctls', 'firewall', 'nsids'] as const),
] as const satisfies readonly Section[];

/** What hangs on a link. nftables drops the chains of family `netdev` with it (nf_tables_netdev_event, net/netfilter/nft_chain_filter.c). */
export const ON_A_LINK = [...ALONG_WITH_A_LINK, 'offloads', 'wireguard'] as const satisfies readonly Section[];

/** What a namespace holds that can be made again. */
export const IN_A_NAMESPACE = [...ON_A_LINK, 'rules', 'files'] as const satisfies readonly Section[];
