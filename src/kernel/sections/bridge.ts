// The forwarding database and the VLANs of bridge ports, from the JSON of bridge(8).
import { z } from 'zod';
import type { FdbEntry, PortVlan } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';

const Text = z.string().transform(visible);

export const FDB_COMMAND = ['bridge', '-d', '-j', 'fdb', 'show'] as const;
export const VLANS_COMMAND = ['bridge', '-j', 'vlan', 'show'] as const;

const FdbJson = z.looseObject({
  mac: z.string(),
  ifname: Text,
  vlan: z.number().optional(),
  dst: z.string().optional(),
  port: z.number().optional(),
  vni: z.number().optional(),
  viaIf: Text.optional(),
  /** By its index, when the link is not there. */
  viaIfIndex: z.number().optional(),
  flags: z.array(z.string()).default([]),
  master: Text.optional(),
  /** Empty for what was learnt. */
  state: z.string().default(''),
  // What counts or depends on the rest.
  used: z.unknown().optional(),
  updated: z.unknown().optional(),
  linkNetNsId: z.unknown().optional(),
});

/** Reads what `FDB_COMMAND` printed. */
export function parseFdb(document: unknown): FdbEntry[] {
  return z
    .array(FdbJson)
    .parse(document)
    .map((entry) => {
      const { mac, ifname, vlan, dst, port, vni, viaIf, flags, state } = entry;
      const beyond = Object.keys(entry).filter((key) => !(key in FdbJson.shape));
      return {
        mac,
        device: ifname,
        vlan: vlan ?? null,
        destination: dst ?? null,
        port: port ?? null,
        vni: vni ?? null,
        via: viaIf ?? null,
        table: flags.includes('self') ? 'self' : 'master',
        state: state === 'permanent' || state === 'static' ? state : 'dynamic',
        flags: flags.filter((flag) => flag !== 'self' && flag !== 'master'),
        ...(beyond.length > 0 ? { other_attributes: beyond } : {}),
      };
    });
}

const VlanJson = z.array(
  z.object({
    ifname: Text,
    vlans: z.array(z.object({ vlan: z.number(), vlanEnd: z.number().optional(), flags: z.array(z.string()).default([]) })).default([]),
  }),
);

/** Reads what `VLANS_COMMAND` printed: one entry for each VLAN. */
export function parseVlans(document: unknown): PortVlan[] {
  return VlanJson.parse(document).flatMap(({ ifname, vlans }) =>
    vlans.flatMap(({ vlan, vlanEnd = vlan, flags }) =>
      Array.from({ length: vlanEnd - vlan + 1 }, (_, i) => ({
        ...{ device: ifname, vlan: vlan + i },
        ...{ pvid: flags.includes('PVID'), untagged: flags.includes('Egress Untagged') },
      })),
    ),
  );
}
