// kill_switch
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { IpAddress } from '../../../model/ip.js';
import { LinkReference } from '../../../model/names.js';
import { defineOperation } from '../../operation.js';
import { ownTable, ruleId, tablesIn, type Wanted } from '../../parts/firewall/firewall.js';
import { addressWords, Port, Prefix, plainLinkWord, ruleSubjects } from '../../parts/firewall/firewall-match.js';
import { foreseeRules, planRules, ShownRules, shownRules, tellRules } from '../../parts/firewall/firewall-rule.js';
import { InNamespace } from '../../parts/inputs.js';
import type { World } from '../../plan/world.js';

const Input = z.strictObject({
  namespace: InNamespace,
  tunnel: LinkReference.describe('Link; need not be there yet'),
  endpoint: z
    .strictObject({ address: IpAddress, port: Port.optional(), protocol: z.enum(['udp', 'tcp']).default('udp') })
    .optional()
    .describe('Of the tunnel: reached outside it'),
  allow_destinations: z.array(Prefix).max(16).optional().describe('Reached outside the tunnel, too: the network behind a gateway'),
  allow_link_local: z.boolean().default(false).describe('DHCP and IPv6 neighbour discovery'),
});
type Input = z.output<typeof Input>;

const nameOf = ({ namespace, tunnel }: Input, world: World) => world.findLink(namespace, tunnel)?.name ?? tunnel;

const idOf = (input: Input, world: World) => {
  const { endpoint, allow_destinations = [], allow_link_local } = input;
  return ruleId('kill-switch', [
    nameOf(input, world),
    endpoint?.address,
    endpoint?.port,
    endpoint?.port && endpoint.protocol,
    allow_destinations.toSorted(),
    allow_link_local,
  ]);
};

/** RFC 4861: without these no IPv6 neighbour is reached at all. They do not leave their link. */
const NEIGHBOUR_DISCOVERY = 'icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept';
const DHCP = ['udp sport 68 udp dport 67 accept', 'udp sport 546 udp dport 547 accept'];

function rulesOf(input: Input, world: World): string[] {
  const { endpoint, allow_destinations = [], allow_link_local } = input;
  const tunnel = plainLinkWord(nameOf(input, world));
  const ofEndpoint = endpoint && [
    addressWords('daddr', endpoint.address),
    ...(endpoint.port === undefined ? [] : [`${endpoint.protocol} dport ${endpoint.port}`]),
  ];
  const needsDiscovery = allow_link_local || [endpoint?.address ?? '', ...allow_destinations].some((address) => address.includes(':'));
  return [
    `oifname { "lo", ${tunnel} } accept`,
    ...(ofEndpoint ? [`${ofEndpoint.join(' ')} accept`] : []),
    ...allow_destinations.map((prefix) => `${addressWords('daddr', prefix)} accept`),
    ...(needsDiscovery ? [NEIGHBOUR_DISCOVERY] : []),
    ...(allow_link_local ? DHCP : []),
    'counter drop',
  ];
}

const wanted = (input: Input, world: World): Wanted => ({ id: idOf(input, world), chain: 'kill_switch', rules: rulesOf(input, world) });

/** Lets nothing leave but through a tunnel. Equivalent to: nft rules with oifname TUNNEL accept, and drop, in a chain at hook postrouting (nft(8)). */
export const killSwitch = defineOperation({
  name: 'kill_switch',
  title: 'Kill switch',
  description:
    'Nothing leaves the namespace but by the tunnel, by lo, and to its endpoint: own and forwarded packets, IPv4, IPv6, DNS, also while the tunnel is down. ARP, bridged frames and packet sockets are not stopped.',
  action: 'firewall.set',
  destroys: false,
  input: Input,
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'firewall'],
  subjects: ({ namespace, tunnel, endpoint, allow_destinations = [] }, world) =>
    ruleSubjects(world, namespace, [tunnel], [endpoint?.address, ...allow_destinations]),
  plan(input, world) {
    const { namespace } = input;
    const place = world.at(namespace);
    const rules = ownTable(tablesIn(world, namespace)).chains.find(({ name }) => name === 'kill_switch')?.rules ?? [];
    const other = rules.find(({ id }) => id !== null && id !== idOf(input, world));
    if (other) {
      return fail(
        'OBJECT_EXISTS',
        `${placeName(place)} has another kill switch: ${other.id}.`,
        `remove_firewall_rule {"namespace": "${namespace}", "rule": "${other.id}"} first.`,
        { rule: other.id },
      );
    }
    const cuts = place.isHost ? [`nothing leaves the host any more but through ${nameOf(input, world)}`] : [];
    return planRules(world, namespace, wanted(input, world), { cuts });
  },
  foresee: (input, foreseen) => foreseeRules(foreseen, input.namespace, wanted(input, foreseen)),
  result: ShownRules,
  show: (input, world) => {
    const isMissing = world.state(input.namespace).links !== undefined && !world.findLink(input.namespace, input.tunnel);
    return shownRules(world, input.namespace, idOf(input, world), isMissing ? [`There is no link ${input.tunnel} yet: nothing leaves until it comes.`] : []);
  },
  tell: tellRules,
});
