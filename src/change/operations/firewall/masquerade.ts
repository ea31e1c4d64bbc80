// masquerade
import { z } from 'zod';
import { LinkReference } from '../../../model/names.js';
import { defineOperation } from '../../operation.js';
import { ruleId, type Wanted } from '../../parts/firewall/firewall.js';
import { addressWords, linkWord, Prefix, ruleSubjects } from '../../parts/firewall/firewall-match.js';
import { natNotes } from '../../parts/firewall/firewall-nat.js';
import { foreseeRules, planRules, ShownRules, shownRules, tellRules } from '../../parts/firewall/firewall-rule.js';
import { InNamespace } from '../../parts/inputs.js';
import type { World } from '../../plan/world.js';

const Input = z.strictObject({ namespace: InNamespace, out_link: LinkReference.optional(), source: Prefix.optional() });
type Input = z.output<typeof Input>;

const idOf = ({ namespace, out_link, source }: Input, world: World) =>
  ruleId('masquerade', [out_link === undefined ? undefined : (world.findLink(namespace, out_link)?.name ?? out_link), source]);

function wanted(input: Input, world: World): Wanted {
  const { namespace, out_link, source } = input;
  const link = out_link === undefined ? 'oifname != "lo"' : `oifname ${linkWord(world, namespace, out_link)}`;
  const rule = [link, ...(source === undefined ? [] : [addressWords('saddr', source)]), 'masquerade'].join(' ');
  return { id: idOf(input, world), chain: 'postrouting', rules: [rule] };
}

/** Lets what leaves bear the address of the link by which it leaves. Equivalent to: nft add rule inet netns_mcp postrouting oifname LINK masquerade (nft(8)). */
export const masquerade = defineOperation({
  name: 'masquerade',
  title: 'Masquerade',
  description:
    'Source NAT: what leaves by out_link (any but lo when left out), IPv4 and IPv6, bears the address of that link, and answers find back. The namespace must forward as well (sysctl).',
  action: 'firewall.set',
  destroys: false,
  input: Input,
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'firewall', 'sysctls'],
  subjects: ({ namespace, out_link, source }, world) => ruleSubjects(world, namespace, [out_link], [source]),
  plan: (input, world) => planRules(world, input.namespace, wanted(input, world)),
  foresee: (input, foreseen) => foreseeRules(foreseen, input.namespace, wanted(input, foreseen)),
  result: ShownRules,
  show: (input, world) => {
    const isV6 = input.source?.includes(':') === true;
    const notes = natNotes(world, input.namespace, isV6 ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward');
    return shownRules(world, input.namespace, idOf(input, world), notes);
  },
  tell: tellRules,
});
