// Why a probe got no good answer, in words: what happened, and where to look next.

/** A reason by the system's error code, and by what ping(8) prints for it. */
interface Reason {
  code: string;
  ping: RegExp | null;
  says: string;
}

const REASONS: readonly Reason[] = [
  {
    code: 'ENETUNREACH',
    ping: /Network is unreachable/,
    says: 'No route leads there from this namespace: look at its routes, and whether the link that should carry it is up.',
  },
  {
    code: 'EHOSTUNREACH',
    ping: /Destination Host Unreachable|No route to host/,
    says: 'Host unreachable: the next hop does not answer for it (look at the neighbours here, and at link and address on the other side), a router says so, or an "unreachable" route stands here.',
  },
  {
    code: 'ENETUNREACH_REMOTE',
    ping: /Destination Net Unreachable|No route$/m,
    says: 'A router on the way has no route there: look at the routes of the next hop.',
  },
  {
    code: 'EACCES',
    ping: /Packet filtered|prohibited|Permission denied|want to ping broadcast/i,
    says: 'Forbidden: a "prohibit" route here, a firewall on the way that says so, or a broadcast address.',
  },
  { code: 'EPERM', ping: /Operation not permitted/, says: 'The kernel dropped it on the way out: look at the ruleset of this namespace (nft list ruleset).' },
  { code: 'EINVAL', ping: /Invalid argument/, says: 'The kernel refused to send: a "blackhole" route stands here.' },
  {
    code: 'EADDRNOTAVAIL',
    ping: /Cannot assign requested address/,
    says: 'No address here to send from: give the link an address of that family, or wait until an IPv6 address is no longer tentative.',
  },
  {
    code: 'ENODEV',
    // An address with a link that is not there is no address to ping, so it takes it for a host's name.
    ping: /unknown iface|No such device|Name or service not known/i,
    says: 'No such link: this namespace has none of the name after %. inspect_namespace tells what links there are.',
  },
  { code: 'EMSGSIZE', ping: /[Mm]essage too long|Frag needed/, says: 'A packet was too big for a link on the way.' },
  { code: 'EPROTO', ping: /Time to live exceeded|Hop limit/i, says: 'It went in circles: routers pass it to each other until its time to live ends.' },
  { code: 'EADDRINUSE', ping: null, says: 'No port is free to send from.' },
  { code: 'ECONNRESET', ping: null, says: 'The other side cut the connection off.' },
  { code: 'EAFNOSUPPORT', ping: /Address family not supported/, says: 'This namespace has no IPv6: look at the sysctl net.ipv6.conf.all.disable_ipv6.' },
];

/** What ping printed, as an error code; null when it printed no known reason. */
export function codeOfPing(text: string): string | null {
  return REASONS.find(({ ping }) => ping?.test(text))?.code ?? null;
}

/** A code in words; codes that depend on the protocol are explained by it. */
export function reasonOf(code: string, protocol: 'icmp' | 'tcp' | 'udp', port: number | null): string {
  if (code === 'ECONNREFUSED') return `Refused: nothing listens on ${protocol} port ${port} there, or a filter there or on the way refuses for it.`;
  if (code === 'ETIMEDOUT') {
    if (protocol === 'udp') return 'No answer. A filter on the way, a host that is down and a service that stays silent cannot be told apart by UDP.';
    return 'No answer in time: a filter drops it here or on the way, the way back is missing (look at the routes on the other side), or the host is down.';
  }
  return REASONS.find((reason) => reason.code === code)?.says ?? `The system says ${code}.`;
}
