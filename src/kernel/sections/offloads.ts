// What the drivers of links do in place of the kernel, or could, from the JSON of ethtool(8).
import { z } from 'zod';
import type { Offload } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';

/** All links of a namespace at once: `*` is no pattern of a shell here, ethtool knows it. */
export const OFFLOADS_COMMAND = ['ethtool', '--json', '-k', '*'] as const;

const Feature = z.object({
  active: z.boolean(),
  /** null: the line sums up those that follow. */
  fixed: z.boolean().nullable(),
});

/** Reads what `OFFLOADS_COMMAND` printed. */
export function parseOffloads(document: unknown): Offload[] {
  return z
    .array(z.looseObject({ ifname: z.string().transform(visible) }))
    .parse(document)
    .flatMap(({ ifname, ...features }) =>
      Object.entries(features).map(([name, value]) => {
        const { active, fixed } = Feature.parse(value);
        return { device: ifname, name, on: active, fixed: fixed === true };
      }),
    );
}
