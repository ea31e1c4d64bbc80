// The table of kinds of links against the second kernel, which has those that this one may lack.
import { LinkKindName } from '../../src/model/kinds/table.js';
import { testKinds } from './kind-trips.js';

/** Of kinds that most kernels have, kinds.live.test.ts sees all; of the other tunnels, each is of a family with one of these. */
const SAMPLE = ['bond', 'ipvlan', 'vlan', 'geneve', 'vrf', 'gretap', 'ip6gre', 'sit', 'ip6tnl', 'vti6'] as const;
const isWhole = process.env['NETNS_MCP_ALL_KINDS'] === '1';
testKinds(isWhole ? LinkKindName.options : SAMPLE, { isSample: !isWhole });
