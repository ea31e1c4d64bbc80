// The table of the kinds of links that are made by name alone. A veth pair is made by an operation of its own.
import { z } from 'zod';
import type { InfoData } from './attribute.js';
import type { KindDeclaration } from './declaration.js';
import { DEVICE_KINDS } from './devices.js';
import { IPSEC_KINDS } from './ipsec.js';
import { MASTER_KINDS } from './masters.js';
import { OVERLAY_KINDS } from './overlays.js';
import { STACKED_KINDS } from './stacked.js';
import { TUNNEL_KINDS } from './tunnels.js';

const TABLE = { ...MASTER_KINDS, ...STACKED_KINDS, ...OVERLAY_KINDS, ...DEVICE_KINDS, ...TUNNEL_KINDS, ...IPSEC_KINDS } as const;

export type LinkKindName = keyof typeof TABLE;

/** Every kind, by its name in `ip link add … type` (for TUN and TAP, the mode of `ip tuntap`). */
export const LINK_KINDS: Readonly<Record<LinkKindName, KindDeclaration>> = TABLE;

function isKindName(name: string): name is LinkKindName {
  return Object.hasOwn(TABLE, name);
}

const NAMES = Object.keys(TABLE).filter(isKindName);

/** Every kind that can be made. */
export const LinkKindName = z.enum(NAMES);

/** Which of our kinds a link is, from what the kernel says of it (`linkinfo`); null when it is none of them. */
export function kindOf(kernelKind: string, data: InfoData = {}): LinkKindName | null {
  const mode = data['type'];
  const named = kernelKind === 'tun' && (mode === 'tun' || mode === 'tap') ? mode : kernelKind;
  return isKindName(named) ? named : null;
}
