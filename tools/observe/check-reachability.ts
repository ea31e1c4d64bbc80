// check_reachability
import { z } from 'zod';
import { namespaceSubject } from '../../src/model/change.js';
import { contains, parseIp, parsePrefix } from '../../src/model/ip.js';
import { ReferenceText } from '../../src/model/reference.js';
import { planProbe } from '../../src/probe/probe.js';
import { refuseDenied } from '../../src/server/call/gate.js';
import { defineTool } from '../../src/server/tool.js';

/** Addresses that are not those of one host. */
const NOT_ONE_HOST = ['0.0.0.0/8', '224.0.0.0/4', '255.255.255.255/32', '::/128', 'ff00::/8'].flatMap((text) => parsePrefix(text) ?? []);
const LINK_LOCAL = parsePrefix('fe80::/10');

/** An address to send to, taken apart. `link` only with IPv6 link-local addresses, which mean nothing without. */
function readTarget(text: string): { address: string; link: string | null } | string {
  const [, head = '', link = null] = /^([^%]*)(?:%([A-Za-z0-9_.-]{1,15}))?$/.exec(text) ?? [];
  const host = parsePrefix(head);
  const ip = parseIp(head);
  if (!ip || !host) return 'not an IPv4 or IPv6 address (names are not looked up)';
  if (NOT_ONE_HOST.some((range) => contains(range, host))) return 'not the address of one host';
  const isLinkLocal = LINK_LOCAL !== null && contains(LINK_LOCAL, host);
  if (isLinkLocal && link === null) return 'a link-local address needs its link: fe80::1%veth0';
  if (!isLinkLocal && link !== null) return 'only link-local addresses take %link';
  return { address: ip.address, link };
}

const Target = z
  .string()
  .max(64)
  .transform((text, context) => {
    const target = readTarget(text);
    if (typeof target !== 'string') return target;
    context.addIssue({ code: 'custom', message: target });
    return z.NEVER;
  });

export const checkReachability = defineTool({
  name: 'check_reachability',
  title: 'Check reachability',
  description:
    'Send a few probes from a namespace to an address: ICMP echo, TCP connect or UDP. Says whether it answered, and if not, why and where to look next.',
  toolset: 'observe',
  effect: 'probe',
  idempotent: true,
  action: 'probe.send',
  input: z
    .strictObject({
      from: ReferenceText.default('host'),
      to: Target.describe('IP address; link-local with %link'),
      protocol: z.enum(['icmp', 'tcp', 'udp']).default('icmp'),
      port: z.number().int().min(1).max(65_535).optional(),
      count: z.number().int().min(1).max(10).optional().describe('Default 3 (icmp), 1 (tcp, udp)'),
      timeout_ms: z.number().int().min(100).max(30_000).default(3_000).describe('For each answer'),
    })
    .superRefine(({ protocol, port }, context) => {
      if ((protocol === 'icmp') === (port === undefined)) return;
      const message = protocol === 'icmp' ? 'icmp has no ports: leave it out, or use tcp or udp' : `${protocol} needs a port`;
      context.addIssue({ code: 'custom', path: ['port'], message });
    }),
  output: z.strictObject({
    reachable: z.boolean(),
    sent: z.number(),
    received: z.number(),
    rtt_ms: z.number().nullable(),
    error: z.string().nullable(),
    method: z.string(),
  }),
  async prepare({ from, to, protocol, port = null, count = protocol === 'icmp' ? 3 : 1, timeout_ms: timeoutMs }, { services, signal }) {
    const place = await services.kernel.resolve(from, signal);
    try {
      const subjects = [namespaceSubject(place), { kind: 'address' as const, address: to.address }];
      refuseDenied(services.policy, ['probe.send'], subjects);
      const target = to.link === null ? to.address : `${to.address}%${to.link}`;
      const probe = planProbe({ place, to: target, protocol, port, count, timeoutMs });
      return {
        subjects,
        work: probe.work,
        plan: null,
        dryRun: false,
        async run(permit) {
          const output = await probe.send(permit, signal);
          const { reachable, sent, received, rtt_ms, error, method } = output;
          const verdict = reachable ? 'reachable' : 'not reachable';
          const time = rtt_ms === null ? '' : `, ${rtt_ms} ms on average`;
          const answers = sent === 0 ? 'nothing could be sent' : `${received} of ${sent} answered${time}`;
          const text = `${target} from ${place.reference}: ${verdict}, ${answers}. ${method}.${error === null ? '' : `\n${error}`}`;
          return { output, text };
        },
        [Symbol.dispose]: () => place[Symbol.dispose](),
      };
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  },
});
