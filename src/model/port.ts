// The settings of a port of a bridge: how they are called, what they take, and how iproute2 writes and shows them (ip-link(8), bridge(8)).
import { z } from 'zod';
import type { Settings } from './objects.js';

/** Without a spanning tree the kernel has a port forward, or leaves it disabled (br_port_state_selection, net/bridge/br_stp.c). By their numbers (linux/if_bridge.h). */
const STATES = { disabled: '0', forwarding: '3' } as const;

interface PortSetting {
  schema: z.ZodType<Settings[string]>;
  /** Key in `info_slave_data`, where it is another than the name. */
  shownAs?: string;
  /** What follows its word. */
  write(value: Settings[string]): string;
}

const asText = (value: Settings[string]): string => String(value);
const flag = (says: string): PortSetting => ({ schema: z.boolean().describe(says), write: (value) => (value === true ? 'on' : 'off') });
const number = (least: number, most: number, says: string): PortSetting => ({ schema: z.number().int().min(least).max(most).describe(says), write: asText });

/** By the words of `ip link set … type bridge_slave`. */
export const PORT_SETTINGS = {
  state: {
    schema: z.enum(['disabled', 'forwarding']).describe('Only where the bridge runs no spanning tree'),
    write: (value) => (value === 'disabled' ? STATES.disabled : STATES.forwarding),
  },
  cost: number(1, 65_535, 'Spanning tree path cost'),
  priority: number(0, 63, 'Spanning tree port priority'),
  hairpin: flag('Send back out of the port a frame came in by'),
  guard: flag('Drop BPDUs (BPDU guard)'),
  root_block: flag('Never become the root port'),
  fastleave: flag('Leave multicast groups at once'),
  learning: flag('Learn MAC addresses'),
  flood: flag('Flood unknown unicast'),
  mcast_flood: flag('Flood multicast'),
  bcast_flood: flag('Flood broadcast'),
  mcast_router: { ...number(0, 3, '0 never, 1 as learnt, 2 always, 3 for a while'), shownAs: 'multicast_router' },
  mcast_to_unicast: flag('Copy multicast to each member'),
  proxy_arp: flag('Answer ARP for known neighbours'),
  proxy_arp_wifi: flag('proxy_arp as IEEE 802.11 wants it'),
  neigh_suppress: flag('Suppress ARP and ND'),
  isolated: flag('No traffic with other isolated ports'),
  locked: flag('Only known source MACs (802.1X)'),
  vlan_tunnel: flag('Map VLANs to tunnels'),
  group_fwd_mask: { ...number(0, 65_535, 'Reserved groups to forward, as bits'), write: (value) => `0x${Number(value).toString(16)}` },
} as const satisfies Record<string, PortSetting>;

export type PortSettingName = keyof typeof PORT_SETTINGS;

/** Their names. */
export const PORT_SETTING_NAMES = Object.keys(PORT_SETTINGS).filter((name): name is PortSettingName => name in PORT_SETTINGS);

/** The settings in what `ip -d -j link` shows as `info_slave_data` of a bridge port. */
export function portSettings(shown: Readonly<Record<string, unknown>>): Settings {
  const settings: Settings = {};
  for (const name of PORT_SETTING_NAMES) {
    const setting: PortSetting = PORT_SETTINGS[name];
    const value = shown[setting.shownAs ?? name];
    // Masks are shown as text.
    const plain = name === 'group_fwd_mask' && typeof value === 'string' ? Number(value) : value;
    const parsed = setting.schema.safeParse(plain);
    if (parsed.success) settings[name] = parsed.data;
  }
  return settings;
}

/** The words that set some of them. */
export function portWords(settings: Settings): string[] {
  return PORT_SETTING_NAMES.flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [name, PORT_SETTINGS[name].write(value)];
  });
}
