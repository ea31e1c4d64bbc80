// What a kind of link is: all that making it, reading it back, changing it and making it again need to know.
import type { z } from 'zod';
import type { Attribute, Value } from './attribute.js';

/** A word for several settings at once: `key` of a GRE tunnel is `ikey` and `okey`. */
export interface Shorthand {
  schema: z.ZodType<Value>;
  stands: readonly string[];
}

export interface KindDeclaration {
  /** For a person, after the name: what it is good for. */
  summary: string;
  /** The link that it works on, and the word that gives it: `link` before the name, `dev` among the words of the kind. */
  lower?: { word: 'link' | 'dev'; isRequired: boolean };
  /** Whether it has a MAC address of its own, which can be given. */
  hasMac: boolean;
  /** The kernel never lets it leave its namespace (NETIF_F_NETNS_LOCAL, netdevice.h). */
  isPinned: boolean;
  /** The kernel module that makes it. */
  module: string;
  /** What it needs beyond the module. */
  needs?: string;
  /** What the kernel calls it, where several of our kinds are one of the kernel's. */
  kernelKind?: string;
  /** The words of `ip tuntap add` instead of those of `ip link add … type` (ip-tuntap(8)). */
  tuntap?: readonly string[];
  /** A port of it can be any other link (`ip link set PORT master LINK`). */
  hasPorts?: true;
  /** In the order in which they are said. */
  attributes: Readonly<Record<string, Attribute>>;
  shorthands?: Readonly<Record<string, Shorthand>>;
}
