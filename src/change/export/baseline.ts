// What is there without anybody's doing: such objects are left out of an export.
import { completed, run } from '../../exec/run.js';
import { parseSysctls, SYSCTLS_COMMAND } from '../../kernel/sections/sysctls.js';
import { Address, Rule } from '../../model/objects.js';
import type { Link, NamespaceState } from '../../model/snapshot.js';
import { parseSysctlKey, sysctlFollowers } from '../../model/sysctls.js';
import { decodeBytes } from '../../model/text.js';
import { addressKind, isAutomatic } from '../objects/address.js';
import { RouteObject } from '../objects/route.js';
import type { CapturedObject } from '../restore/captured.js';

type Sysctls = Readonly<Record<string, string>>;

/** Tunnels that the kernel makes in each namespace with their modules (kernel document admin-guide/sysctl/net, fb_tunnels_only_for_init_net). */
const FALLBACK_TUNNELS = ['tunl0', 'gre0', 'gretap0', 'erspan0', 'sit0', 'ip6tnl0', 'ip6gre0', 'ip_vti0', 'ip6_vti0'];
const LOOPBACK_ADDRESSES = ['127.0.0.1/8', '::1/128'];

/** The sysctls of a namespace that has just been made; it is gone again when they are read. null: none could be made. */
export async function freshSysctls(signal?: AbortSignal): Promise<Sysctls | null> {
  const result = completed(await run(['unshare', '--net', ...SYSCTLS_COMMAND], { signal }));
  return result.stdout.length === 0 ? null : parseSysctls(decodeBytes(result.stdout));
}

/** What a sysctl of a link, or `default`, is by itself: from a fresh `default`, or from the `all` or `default` that writes itself into it. */
function usualValue(key: string, own: Sysctls, fresh: Sysctls, links: readonly Link[]): string | undefined {
  const parsed = parseSysctlKey(key);
  if (!parsed?.family || parsed.every === 'all') return fresh[key];
  const { family, device, name } = parsed;
  const link = device === null ? undefined : links.find((known) => known.name === device);
  if (link && name === 'mtu') return String(link.mtu);
  const writer = ['all', 'default']
    .map((who) => `net.${family}.conf.${who}.${name}`)
    .find((every) => every !== key && own[every] !== fresh[every] && sysctlFollowers(every, [key]).length > 0);
  if (writer !== undefined) return own[writer];
  return device === null ? fresh[key] : fresh[`net.${family}.conf.${link?.kind === 'loopback' ? 'lo' : 'default'}.${name}`];
}

/** True for what a lease brings, and what expires: a file would outlast it. */
export function isLeased({ kind, value }: CapturedObject): boolean {
  if (kind === 'route') return RouteObject.parse(value).protocol === 'dhcp';
  return kind === 'address' && Address.parse(value).valid_lft_s !== null;
}

/** @param fresh null: nothing is known of a fresh namespace, so no sysctl is taken for one that somebody has set. */
export function isByItself({ kind, key, value }: CapturedObject, state: NamespaceState, fresh: Sysctls | null): boolean {
  const links = state.links ?? [];
  if (kind === 'sysctl') {
    const own = state.sysctls ?? {};
    const usual = fresh === null ? undefined : usualValue(key, own, fresh, links);
    // Two names of one switch.
    return usual === undefined || usual === own[key] || key === 'net.ipv4.conf.all.forwarding';
  }
  if (kind === 'route') return RouteObject.parse(value).protocol === 'kernel';
  if (kind === 'rule') return Rule.parse(value).protocol === 'kernel';
  if (kind === 'address') {
    const address = state.addresses?.find((known) => addressKind.key(known) === key);
    const link = links.find(({ index }) => index === address?.link_index);
    if (!address || !link) return false;
    return (link.kind === 'loopback' && link.up && LOOPBACK_ADDRESSES.includes(address.address)) || (link.up && isAutomatic(address, link));
  }
  const link = links.find(({ name }) => name === key);
  return kind === 'link' && link !== undefined && FALLBACK_TUNNELS.includes(key) && !link.up;
}
