// Which packets a rule of allow, drop and reject is about, and what such a rule can cost somebody.
import { z } from 'zod';
import { placeName, type ResolvedNamespace } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { contains, parsePrefix } from '../../../model/ip.js';
import { isPlainLinkName, LinkReference } from '../../../model/names.js';
import type { Subject } from '../../../model/policy.js';
import { visible } from '../../../model/text.js';
import { linkAt, namespaceAt } from '../../operation.js';
import type { World } from '../../plan/world.js';
import { Destination, InNamespace } from '../inputs.js';

export const Port = z.number().int().min(1).max(65535);

/** A port, or `1000-2000`. */
const Ports = z.union([
  Port,
  z
    .string()
    .regex(/^[1-9]\d{0,4}-[1-9]\d{0,4}$/, 'a port, or a range such as "1000-2000"')
    .refine((range) => rangeOf(range)[0] < rangeOf(range)[1] && rangeOf(range)[1] <= 65535, 'a range goes up, to 65535 at most'),
]);

export const Prefix = Destination.refine((text) => text !== 'default', 'a prefix such as 10.0.0.0/24').describe('Prefix');

/** As nft(8) calls them. Those with ports can be given some. */
const PROTOCOLS = ['tcp', 'udp', 'sctp', 'icmp', 'icmpv6', 'gre', 'esp', 'ah'] as const;
const WITH_PORTS: readonly string[] = ['tcp', 'udp', 'sctp'];

const MatchInput = z.strictObject({
  namespace: InNamespace,
  hook: z.enum(['input', 'output', 'forward']).describe('input: to the namespace; output: from it; forward: through it'),
  protocol: z.enum(PROTOCOLS).optional(),
  ports: z.array(Ports).min(1).max(64).optional().describe('Destination ports or ranges "1000-2000"'),
  source: Prefix.optional(),
  destination: Prefix.optional(),
  in_link: LinkReference.optional(),
  out_link: LinkReference.optional(),
  states: z
    .array(z.enum(['new', 'established', 'related', 'invalid']))
    .min(1)
    .optional()
    .describe('Of the connection'),
  at: z.enum(['first', 'last']).optional().describe('Place among our rules of that hook; default last'),
});
export type MatchInput = z.output<typeof MatchInput>;

const familyOf = (text: string | undefined) => (text === undefined ? null : (parsePrefix(text)?.family ?? null));

/** The family that the packets are of, when something in the input tells. */
function familiesOf({ protocol, source, destination }: MatchInput): Set<string> {
  const ofProtocol = protocol === 'icmp' ? 'inet' : protocol === 'icmpv6' ? 'inet6' : null;
  return new Set([ofProtocol, familyOf(source), familyOf(destination)].filter((family) => family !== null));
}

export const Match = MatchInput.refine((input) => familiesOf(input).size < 2, {
  message: 'source, destination and protocol are of different families',
  path: ['source'],
})
  .refine(({ ports, protocol }) => ports === undefined || protocol === undefined || WITH_PORTS.includes(protocol), {
    message: 'that protocol has no ports',
    path: ['ports'],
  })
  .refine(({ hook, in_link }) => hook !== 'output' || in_link === undefined, {
    message: 'what the namespace sends itself came in by no link',
    path: ['in_link'],
  })
  .refine(({ hook, out_link }) => hook !== 'input' || out_link === undefined, {
    message: 'what stays in the namespace goes out by no link',
    path: ['out_link'],
  });

function rangeOf(ports: number | string): [number, number] {
  if (typeof ports === 'number') return [ports, ports];
  const [from = 0, to = 0] = ports.split('-').map(Number);
  return [from, to];
}

/**
 * A link as nft matches its name: by the name, whatever link has it then. In nft a `*` at the end stands for anything.
 * @throws NetnsError LINK_NOT_FOUND, INVALID_INPUT.
 */
export function linkWord(world: World, namespace: string, reference: string): string {
  const { name } = world.link(namespace, reference);
  return plainLinkWord(name);
}

/** @throws NetnsError INVALID_INPUT when the name could be read as something else. */
export function plainLinkWord(name: string): string {
  if (isPlainLinkName(name)) return `"${name}"`;
  return fail('INVALID_INPUT', `A firewall rule cannot name the link ${visible(name)}.`, 'Rename it first: set_link with new_name.', { link: visible(name) });
}

/** `ip daddr 10.0.0.0/8` */
export function addressWords(direction: 'saddr' | 'daddr', prefix: string): string {
  return `${familyOf(prefix) === 'inet6' ? 'ip6' : 'ip'} ${direction} ${prefix}`;
}

function protocolWords({ protocol, ports }: MatchInput): string[] {
  if (ports === undefined) return protocol === undefined ? [] : [`meta l4proto ${protocol === 'icmpv6' ? 'ipv6-icmp' : protocol}`];
  const numbers = ports.length === 1 ? String(ports[0]) : `{ ${ports.join(', ')} }`;
  return protocol === undefined ? ['meta l4proto { tcp, udp }', `th dport ${numbers}`] : [`${protocol} dport ${numbers}`];
}

/** The words that match those packets (nft(8), expressions). @throws NetnsError as `linkWord` does. */
export function matchWords(input: MatchInput, world: World): string[] {
  const { namespace, source, destination, in_link, out_link, states } = input;
  return [
    ...(in_link === undefined ? [] : [`iifname ${linkWord(world, namespace, in_link)}`]),
    ...(out_link === undefined ? [] : [`oifname ${linkWord(world, namespace, out_link)}`]),
    ...(source === undefined ? [] : [addressWords('saddr', source)]),
    ...(destination === undefined ? [] : [addressWords('daddr', destination)]),
    ...protocolWords(input),
    ...(states === undefined ? [] : [`ct state ${states.length === 1 ? states[0] : `{ ${states.join(', ')} }`}`]),
  ];
}

/** What tells one wish from another: everything but where among the rules it is to stand, and in one order. */
export function wishOf(input: MatchInput, world: World): unknown {
  const { namespace, hook, protocol, ports, source, destination, in_link, out_link, states } = input;
  const named = (reference: string | undefined) => (reference === undefined ? undefined : (world.findLink(namespace, reference)?.name ?? reference));
  return [hook, protocol, ports?.map(String).sort(), source, destination, named(in_link), named(out_link), states?.toSorted()];
}

/** The links and prefixes that a rule names, for the policy; without links the namespace. */
export function ruleSubjects(world: World, namespace: string, links: readonly (string | undefined)[], addresses: readonly (string | undefined)[]): Subject[] {
  const named = links.flatMap((link) => (link === undefined ? [] : [linkAt(world, namespace, link)]));
  const prefixes = addresses.flatMap((address): Subject[] => (address === undefined ? [] : [{ kind: 'address', address }]));
  return [...(named.length > 0 ? named : [namespaceAt(world, namespace)]), ...prefixes];
}

/** Both ends of the connection that the client came in by (ssh(1): SSH_CONNECTION); null when there is none. */
function clientConnection(environment: NodeJS.ProcessEnv = process.env): { client: string; server: string; port: number } | null {
  const [client, , server, port] = environment['SSH_CONNECTION']?.split(' ') ?? [];
  return client && server && port ? { client: withoutZone(client), server: withoutZone(server), port: Number(port) } : null;
}

/** A link-local address comes with its zone. */
const withoutZone = (address: string) => address.replace(/%.*/, '');

function covers(prefix: string | undefined, address: string): boolean {
  const [outer, inner] = [parsePrefix(prefix ?? ''), parsePrefix(address)];
  return prefix === undefined || (outer !== null && inner !== null && contains(outer, inner));
}

/** Why a drop or reject on the host may cut the client off: unless it says that its connection is not meant. */
export function cutsOf(place: ResolvedNamespace, input: MatchInput): string[] {
  const { hook, protocol, ports, source, destination, in_link, out_link, states } = input;
  if (!place.isHost || hook === 'forward') return [];
  const connection = clientConnection();
  const what = `what is dropped at ${hook} of ${placeName(place)}`;
  if (connection === null) {
    const isForAll = [protocol, ports, source, destination, in_link, out_link].every((limit) => limit === undefined) && states?.join() !== 'invalid';
    return isForAll ? [`${what} is every packet, those of whoever is connected to it among them`] : [];
  }
  const { client, server, port } = connection;
  const [remote, own] = hook === 'input' ? [source, destination] : [destination, source];
  // The port of the server is the destination of what comes in, and the source of what goes out, which no rule here tells.
  const hitsPort = ports === undefined || hook === 'output' || ports.map(rangeOf).some(([from, to]) => from <= port && port <= to);
  const isHit = covers(remote, client) && covers(own, server) && (protocol === undefined || protocol === 'tcp') && hitsPort && states?.join() !== 'invalid';
  return isHit ? [`${what} may be the connection of the client (${client} to port ${port})`] : [];
}
