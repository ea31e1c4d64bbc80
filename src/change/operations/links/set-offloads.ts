// set_offloads
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { LinkReference } from '../../../model/names.js';
import type { Offload } from '../../../model/snapshot.js';
import { nearest } from '../../../model/text.js';
import { OFFLOAD_GROUPS } from '../../objects/offload.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../../operation.js';
import { InNamespace } from '../../parts/inputs.js';
import { linkArgument, type World } from '../../plan/world.js';

/** Short names of ethtool(8) → those that it prints. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['rx', 'rx-checksumming'],
  ['tx', 'tx-checksumming'],
  ['sg', 'scatter-gather'],
  ['tso', 'tcp-segmentation-offload'],
  ['ufo', 'udp-fragmentation-offload'],
  ['gso', 'generic-segmentation-offload'],
  ['gro', 'generic-receive-offload'],
  ['lro', 'large-receive-offload'],
  ['rxvlan', 'rx-vlan-offload'],
  ['txvlan', 'tx-vlan-offload'],
  ['ntuple', 'ntuple-filters'],
  ['rxhash', 'receive-hashing'],
]);

const Input = z.strictObject({
  namespace: InNamespace,
  link: LinkReference,
  features: z
    .record(
      z
        .string()
        .max(40)
        .regex(/^[a-z0-9][a-z0-9_-]*$/, 'a feature as ethtool -k names it'),
      z.boolean(),
    )
    .refine((features) => Object.keys(features).length > 0, 'name at least one feature')
    .describe('Feature (tso, gro, tx-checksumming …) to on or off'),
});
type Input = z.output<typeof Input>;

/** The features of a link as far as they are asked for, with what is wanted of them. */
function askedFeatures({ namespace, link, features }: Input, world: World): { feature: Offload; on: boolean }[] {
  const { name: device, index } = world.link(namespace, link);
  const known = (world.state(namespace).offloads ?? []).filter((offload) => offload.device === device);
  return Object.entries(features).map(([name, on]) => {
    const feature = known.find((offload) => offload.name === (SHORT.get(name) ?? name));
    if (feature) return { feature, on };
    // What an earlier operation of the same list makes or moves nobody could ask yet: ethtool will tell.
    if (index < 0) return { feature: { device, name: SHORT.get(name) ?? name, on: !on, fixed: false }, on };
    const where = `${device} in ${placeName(world.at(namespace))}`;
    if (known.length === 0) return fail('COMMAND_MISSING', `The features of ${where} are not known: ethtool is missing, or does not know the link.`, 'Install it: apt install ethtool.'); // biome-ignore format: one thought
    const near = nearest(name, [...SHORT.keys(), ...known.map((offload) => offload.name)]);
    return fail('OBJECT_NOT_FOUND', `Link ${where} has no feature ${name}.`, near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `It has ${known.map((offload) => offload.name).slice(0, 12).join(', ')} …`, { near }); // biome-ignore format: one thought
  });
}

/** What a feature takes along: those that it sums up. */
function membersOf(feature: Offload, all: readonly Offload[]): string[] {
  const [first, ...others] = all.slice(all.findIndex(({ name }) => name === feature.name) + 1).map(({ name }) => name);
  if (!OFFLOAD_GROUPS.includes(feature.name) || first === undefined) return [feature.name];
  const prefix = first.split('-').slice(0, 2).join('-').replace(/\d$/, '');
  const end = others.findIndex((name) => !name.startsWith(prefix));
  return [feature.name, first, ...others.slice(0, end === -1 ? others.length : end)];
}

/** Switches features that the driver of a link has. Equivalent to: ethtool -K LINK FEATURE on|off (ethtool(8)). */
export const setOffloads = defineOperation({
  name: 'set_offloads',
  title: 'Switch offloads',
  description: 'Switches features of a driver (checksums, segmentation, GRO). What depends on one that goes off goes off with it.',
  action: 'link.set',
  destroys: false,
  input: Input,
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'offloads'],
  subjects: ({ namespace, link }, world) => [linkAt(world, namespace, link)],
  plan(input, world) {
    const { namespace, link } = input;
    const wanted = askedFeatures(input, world).filter(({ feature, on }) => feature.on !== on);
    const fixed = wanted.find(({ feature }) => feature.fixed);
    const device = linkArgument(world.link(namespace, link), world.links(namespace));
    if (fixed) {
      const { name, on } = fixed.feature;
      return fail('KERNEL_UNSUPPORTED', `The driver of ${device} does not let ${name} be changed: it is ${on ? 'on' : 'off'}.`, `Leave ${name} out.`, {
        feature: name,
      });
    }
    if (wanted.length === 0) return ALREADY_SO;
    const words = wanted.flatMap(({ feature, on }) => [feature.name, on ? 'on' : 'off']);
    return { steps: [step(world.at(namespace), ['-K', device, ...words], { program: 'ethtool' })], loses: [], undoable: true };
  },
  foresee(input, foreseen) {
    const { namespace, link } = input;
    const { name: device } = foreseen.link(namespace, link);
    const all = (foreseen.state(namespace).offloads ?? []).filter((offload) => offload.device === device);
    const switched = new Map(askedFeatures(input, foreseen).flatMap(({ feature, on }) => membersOf(feature, all).map((name) => [name, on] as const)));
    const assumed = all.length > 0 ? all : askedFeatures(input, foreseen).map(({ feature }) => feature);
    foreseen.drop(namespace, 'offloads', (offload) => offload.device === device);
    for (const offload of assumed)
      foreseen.put(namespace, 'offloads', { ...offload, on: offload.fixed ? offload.on : (switched.get(offload.name) ?? offload.on) });
  },
  result: { features: z.record(z.string(), z.boolean()) },
  show: (input, world) => ({
    features: world.findLink(input.namespace, input.link)
      ? Object.fromEntries(askedFeatures(input, world).map(({ feature }) => [feature.name, feature.on]))
      : {},
  }),
  tell: ({ features }, { namespace, link }) =>
    `${namespace}: ${link} has ${Object.entries(features).map(([name, on]) => `${name} ${on ? 'on' : 'off'}`).join(', ')}.`, // biome-ignore format: one thought
});
