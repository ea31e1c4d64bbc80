// Policy routing rules, from the JSON of ip-rule(8).
import { z } from 'zod';
import type { Rule } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';

const Text = z.string().transform(visible);
const Flag = z.null().optional();
const Port = z.number().optional();

const RuleEntry = z.looseObject({
  priority: z.number(),
  src: z.string().default('all'),
  srclen: z.number().optional(),
  dst: z.string().optional(),
  dstlen: z.number().optional(),
  table: z.union([z.string(), z.number()]).transform(String).optional(),
  action: z.string().optional(),
  nop: Flag,
  goto: z.union([z.number(), z.string()]).transform(Number).optional(),
  protocol: z.union([z.string(), z.number()]).transform(String).optional(),
  not: Flag,
  tos: z.string().optional(),
  fwmark: z.string().optional(),
  fwmask: z.string().optional(),
  iif: Text.optional(),
  oif: Text.optional(),
  uid_start: z.number().optional(),
  uid_end: z.number().optional(),
  l3mdev: Flag,
  ipproto: z.string().optional(),
  sport: Port,
  sport_start: Port,
  sport_end: Port,
  dport: Port,
  dport_start: Port,
  dport_end: Port,
  tun_id: z.number().optional(),
  suppress_prefixlen: z.number().optional(),
  suppress_ifgroup: Text.optional(),
  flow_from: z.string().optional(),
  flow_to: z.string().optional(),
  // How things are, not what the rule says: it names a link, or goes to a rule, that is not there.
  iif_detached: Flag,
  oif_detached: Flag,
  unresolved: Flag,
});
type RuleEntry = z.infer<typeof RuleEntry>;

/**
 * A type of service as iproute2 takes it whatever names it knows: names of Differentiated Services (RFC 2597, RFC 2474, RFC 3246) as numbers.
 */
export function tosNumber(text: string): string {
  const [, drop, level] = /^AF([1-4])([1-3])$/i.exec(text) ?? [];
  const [, selector] = /^CS([0-7])$/i.exec(text) ?? [];
  const number =
    drop !== undefined && level !== undefined
      ? (Number(drop) << 5) | (Number(level) << 3)
      : selector !== undefined
        ? Number(selector) << 5
        : text.toUpperCase() === 'EF'
          ? 0xb8
          : Number(text);
  return Number.isNaN(number) ? text : `0x${number.toString(16)}`;
}

function range(one: number | undefined, first: number | undefined, last: number | undefined): string | undefined {
  if (one !== undefined) return String(one);
  return first === undefined || last === undefined ? undefined : `${first}-${last}`;
}

/** The selectors by their words, in the order in which iproute2 prints them. */
function selectorsOf(entry: RuleEntry): Record<string, string> {
  const words: Record<string, string | undefined> = {
    not: entry.not === null ? '' : undefined,
    tos: entry.tos && tosNumber(entry.tos),
    fwmark: entry.fwmask === undefined ? entry.fwmark : `${entry.fwmark}/${entry.fwmask}`,
    iif: entry.iif,
    oif: entry.oif,
    l3mdev: entry.l3mdev === null ? '' : undefined,
    uidrange: range(undefined, entry.uid_start, entry.uid_end),
    // iproute2 prints a protocol that has no name so, and does not read it so.
    ipproto: entry.ipproto?.replace(/^ipproto-/, ''),
    sport: range(entry.sport, entry.sport_start, entry.sport_end),
    dport: range(entry.dport, entry.dport_start, entry.dport_end),
    tun_id: range(entry.tun_id, undefined, undefined),
    suppress_prefixlength: range(entry.suppress_prefixlen, undefined, undefined),
    suppress_ifgroup: entry.suppress_ifgroup,
    realms: entry.flow_from === undefined ? entry.flow_to : `${entry.flow_from}/${entry.flow_to}`,
  };
  return Object.fromEntries(Object.entries(words).flatMap(([word, value]) => (value === undefined ? [] : [[word, value]])));
}

/** Reads the JSON of `ip -d rule show` of one family. */
export function parseRules(document: unknown, family: 'inet' | 'inet6'): Rule[] {
  return z
    .array(RuleEntry)
    .parse(document)
    .map((entry) => {
      const { priority, src, srclen, dst, dstlen, table, action, goto, nop, protocol } = entry;
      const beyond = Object.keys(entry).filter((key) => !(key in RuleEntry.shape));
      return {
        family,
        priority,
        source: srclen === undefined ? src : `${src}/${srclen}`,
        destination: dst === undefined ? null : dstlen === undefined ? dst : `${dst}/${dstlen}`,
        table: table ?? null,
        action: goto !== undefined ? 'goto' : nop === null ? 'nop' : (action ?? null),
        goto: goto ?? null,
        selectors: selectorsOf(entry),
        protocol: protocol === undefined || protocol === 'unspec' ? null : protocol,
        ...(beyond.length > 0 ? { other_attributes: beyond } : {}),
      };
    });
}
