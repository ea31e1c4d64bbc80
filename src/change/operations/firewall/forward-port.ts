// forward_port
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { IpAddress, parseIp } from '../../../model/ip.js';
import { LinkReference } from '../../../model/names.js';
import { defineOperation } from '../../operation.js';
import { ownTable, ruleId, tablesIn, type Wanted } from '../../parts/firewall/firewall.js';
import { linkWord, Port, ruleSubjects } from '../../parts/firewall/firewall-match.js';
import { natNotes } from '../../parts/firewall/firewall-nat.js';
import { foreseeRules, planRules, ShownRules, shownRules, tellRules } from '../../parts/firewall/firewall-rule.js';
import { InNamespace } from '../../parts/inputs.js';
import type { World } from '../../plan/world.js';

const Input = z.strictObject({
  namespace: InNamespace,
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
  port: Port,
  to_address: IpAddress,
  to_port: Port.optional().describe('Default: port'),
  in_link: LinkReference.optional(),
});
type Input = z.output<typeof Input>;

const idOf = ({ namespace, protocol, port, to_address, to_port, in_link }: Input, world: World) =>
  ruleId('forward-port', [
    protocol,
    port,
    to_address,
    to_port ?? port,
    in_link === undefined ? undefined : (world.findLink(namespace, in_link)?.name ?? in_link),
  ]);

const isV6 = ({ to_address }: Input) => parseIp(to_address)?.family === 'inet6';

function partsOf(input: Input, world: World): { match: string; target: string } {
  const { namespace, protocol, port, to_address, to_port = port, in_link } = input;
  const link = in_link === undefined ? 'iifname != "lo"' : `iifname ${linkWord(world, namespace, in_link)}`;
  return {
    match: `${link} meta nfproto ${isV6(input) ? 'ipv6' : 'ipv4'} ${protocol} dport ${port} dnat`,
    target: isV6(input) ? `ip6 to [${to_address}]:${to_port}` : `ip to ${to_address}:${to_port}`,
  };
}

function wanted(input: Input, world: World): Wanted {
  const { match, target } = partsOf(input, world);
  return { id: idOf(input, world), chain: 'prerouting', rules: [`${match} ${target}`] };
}

/** Sends connections that come in to a port on to another host. Equivalent to: nft add rule inet netns_mcp prerouting tcp dport PORT dnat ip to ADDRESS:PORT (nft(8)). */
export const forwardPort = defineOperation({
  name: 'forward_port',
  title: 'Forward a port',
  description:
    'Destination NAT: connections that come in to a port go on to to_address. Not those that the namespace begins itself. It must forward as well (sysctl), and answers must come back through it.',
  action: 'firewall.set',
  destroys: false,
  input: Input,
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'firewall', 'sysctls'],
  subjects: ({ namespace, in_link, to_address }, world) => ruleSubjects(world, namespace, [in_link], [to_address]),
  plan(input, world) {
    const { namespace } = input;
    const rules = ownTable(tablesIn(world, namespace)).chains.find(({ name }) => name === 'prerouting')?.rules ?? [];
    const { match } = partsOf(input, world);
    const other = rules.find(({ id, text }) => id !== idOf(input, world) && text.startsWith(`${match} `));
    if (other) {
      return fail(
        'OBJECT_EXISTS',
        `${placeName(world.at(namespace))} forwards that port already: ${other.text}.`,
        other.id === null ? 'Take that rule away first.' : `remove_firewall_rule {"namespace": "${namespace}", "rule": "${other.id}"} first.`,
        { rule: other.id },
      );
    }
    return planRules(world, namespace, wanted(input, world));
  },
  foresee: (input, foreseen) => foreseeRules(foreseen, input.namespace, wanted(input, foreseen)),
  result: ShownRules,
  show: (input, world) => {
    const notes = natNotes(world, input.namespace, isV6(input) ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward');
    return shownRules(world, input.namespace, idOf(input, world), notes);
  },
  tell: tellRules,
});
