// Features of drivers (ethtool(8)) that can be switched, one by one: what sums up several is no object.
import { Offload } from '../../model/objects.js';
import { linkArgument } from '../plan/world.js';
import { defineObject, type Site, type Words } from './object.js';

/** Lines of `ethtool -k` that sum up those that follow (off_flag_def, common.c of ethtool). */
export const OFFLOAD_GROUPS: readonly string[] = ['tx-checksumming', 'scatter-gather', 'tcp-segmentation-offload'];

function words({ device, name, on }: Offload, { state: { links = [] } }: Site): Words[] {
  const link = links.find((known) => known.name === device);
  return [{ program: 'ethtool', args: ['-K', link ? linkArgument(link, links) : device, name, on ? 'on' : 'off'] }];
}

export const offloadKind = defineObject<Offload>({
  name: 'offload',
  section: 'offloads',
  schema: Offload,
  // In the order in which the driver has them, so that what needs another comes after that.
  of: ({ offloads = [] }) => offloads.filter(({ name, fixed }) => !fixed && !OFFLOAD_GROUPS.includes(name)),
  key: ({ device, name }) => `${device} ${name}`,
  links: ({ device }) => [device],
  facts: ({ on }) => ({ on }),
  // A link that is made anew has those of its driver: only what differs then is set.
  isDerived: () => true,
  tell: ({ device, name, on }) => `${name} ${on ? 'on' : 'off'} on ${device}`,
  add: words,
  // It goes with its link.
  remove: () => [],
  change: (_, to, site) => words(to, site),
});
