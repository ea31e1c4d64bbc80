// What callers say of a route: the fields, and which of them go together.
import { z } from 'zod';
import { type Family, IpAddress, parsePrefix } from '../../../model/ip.js';
import { LinkReference } from '../../../model/names.js';
import type { Section } from '../../../model/snapshot.js';
import { Destination, InNamespace, NextHop, Table } from '../inputs.js';

/** Routes that lead nowhere. IPv6 shows them with the loopback as their device. */
const NOWHERE = ['blackhole', 'unreachable', 'prohibit', 'throw'] as const;
/** Routes to the host itself, or to all on a link: their own table is `local`, unless another is given (iproute.c). */
const LOCAL = ['local', 'broadcast', 'anycast'] as const;
const RouteType = z.enum(['unicast', ...LOCAL, ...NOWHERE]);

/** True for a type whose routes have no next hop. */
export function leadsNowhere(type: string): boolean {
  return NOWHERE.some((known) => known === type);
}

/** True for a type whose routes belong into the table `local`. */
export function isLocal(type: string): boolean {
  return LOCAL.some((known) => known === type);
}

/** What tells one route from others. */
export const RouteInput = z.strictObject({
  namespace: InNamespace,
  destination: Destination,
  via: NextHop.optional(),
  device: LinkReference.optional(),
  metric: z.number().int().min(0).max(0xffff_ffff).optional(),
  table: Table.optional(),
  type: RouteType.optional(),
});
export type RouteInput = z.output<typeof RouteInput>;

/** Who made it (rt_protos). What the kernel, routers and redirects bring is not ours to make. */
const Protocol = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$|^([4-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])$/, 'a name of rt_protos, or a number from 4 to 255')
  .refine((name) => !['kernel', 'ra', 'redirect', 'unspec'].includes(name), 'the kernel alone makes such routes');

const Hop = z.strictObject({
  via: IpAddress.optional(),
  device: LinkReference.optional(),
  weight: z.number().int().min(1).max(256).default(1),
});

const NewRouteFields = RouteInput.extend({
  source: IpAddress.optional().describe('Preferred source address'),
  scope: z.enum(['global', 'link', 'host']).optional(),
  onlink: z.boolean().optional(),
  protocol: Protocol.optional(),
  mtu_bytes: z.number().int().min(68).max(65_535).optional(),
  next_hops: z.array(Hop).min(2).max(64).optional().describe('Multipath'),
  nexthop_id: z.number().int().min(1).max(0xffff_ffff).optional(),
});
export type NewRouteInput = z.output<typeof NewRouteFields>;

/** A route that is to be there. */
export const NewRouteInput = NewRouteFields.superRefine((input, context) => {
  const complain = (field: keyof NewRouteInput, message: string) => context.addIssue({ code: 'custom', message, path: [field] });
  const { destination, via, device, type = 'unicast', source, scope, onlink, next_hops, nexthop_id } = input;
  const family = familyOf(input);
  const ways = [via ?? device, next_hops, nexthop_id].filter((way) => way !== undefined).length;
  if (leadsNowhere(type) && ways > 0) complain('type', `a ${type} route goes nowhere: leave via, device and next hops out`);
  if (!leadsNowhere(type) && ways === 0) complain('via', 'give via, device, or both; or next_hops; or nexthop_id');
  if (ways > 1) complain('next_hops', 'one of: via and device, next_hops, nexthop_id');
  if (onlink && (via === undefined || device === undefined)) complain('onlink', 'needs via and device');
  if (scope !== undefined && family === 'inet6') complain('scope', 'an IPv6 route has none: leave it out');
  // IPv4 can go through an IPv6 next hop (RFC 5549), not the other way round. "default" is of the family of its next hop.
  const isOther = (address: string | undefined) => address !== undefined && family === 'inet6' && !address.includes(':');
  if (destination !== 'default' && isOther(via)) complain('via', 'destination and via are of different families');
  if (next_hops?.some((hop) => hop.via === undefined && hop.device === undefined)) complain('next_hops', 'give via, device, or both for each');
  if (next_hops?.some((hop) => isOther(hop.via))) complain('next_hops', 'destination and via are of different families');
  if (source !== undefined && source.includes(':') !== (family === 'inet6')) complain('source', 'destination and source are of different families');
});

/** What has to be read for a route: where a next hop object leads only when one is named. */
export function routeSections({ nexthop_id }: NewRouteInput): Section[] {
  return ['links', 'addresses', 'routes', ...(nexthop_id === undefined ? [] : (['nexthops'] as const))];
}

/** `default` is of the family of its next hop; without one it is IPv4 (`::/0` says IPv6). */
export function familyOf({ destination, via, next_hops, source }: Pick<NewRouteInput, 'destination' | 'via' | 'next_hops' | 'source'>): Family {
  const hint = via ?? next_hops?.find((hop) => hop.via !== undefined)?.via ?? source ?? '0.0.0.0';
  return parsePrefix(destination === 'default' ? hint : destination)?.family ?? 'inet';
}
