// set_wireguard
import { z } from 'zod';
import { newPrivateKey, publicKeyOf } from '../../../model/keys.js';
import { ALREADY_SO, defineOperation } from '../../operation.js';
import { deviceOf, foreseeDevice, ON_TUNNEL, WIREGUARD_OPERATION, wgSet } from '../../parts/links/wireguard.js';

const Input = z.strictObject({
  ...ON_TUNNEL,
  listen_port: z.number().int().min(1).max(65_535).optional(),
  fwmark: z.number().int().min(0).max(0xffff_ffff).optional().describe('Of the packets that it sends; 0: none'),
  new_key: z.boolean().default(false).describe('Make a new key even if there is one'),
});
type Input = z.output<typeof Input>;

/** What of the settings is not so yet, as words of wg(8). */
function wordsFor({ listen_port, fwmark }: Input, device: ReturnType<typeof deviceOf>): string[] {
  return [
    ...(listen_port === undefined || listen_port === device.listen_port ? [] : ['listen-port', String(listen_port)]),
    ...(fwmark === undefined || fwmark === (device.fwmark ?? 0) ? [] : ['fwmark', String(fwmark)]),
  ];
}

/** Gives a wireguard link a key, a port and a mark. Equivalent to: wg genkey | wg set LINK private-key /dev/stdin listen-port PORT (wg(8)). */
export const setWireguard = defineOperation({
  ...WIREGUARD_OPERATION,
  name: 'set_wireguard',
  title: 'Set up a wireguard link',
  description: 'Sets port and mark of a wireguard link, and makes its private key unless it has one. The key is never shown; its public key is the answer.',
  input: Input,
  namespaces: ({ namespace }) => [namespace],
  plan(input, world) {
    const device = deviceOf(input, world);
    const words = wordsFor(input, device);
    const isKeyMade = input.new_key || device.private_key === null;
    if (words.length === 0 && !isKeyMade) return ALREADY_SO;
    const key = isKeyMade ? newPrivateKey() : undefined;
    const step = wgSet(input, world, [device.device, ...words, ...(key === undefined ? [] : ['private-key', '/dev/stdin'])], key);
    return { steps: [step], loses: isKeyMade && device.private_key !== null ? ['the key that its peers know it by'] : [], undoable: true };
  },
  foresee(input, foreseen, { steps }) {
    const device = deviceOf(input, foreseen);
    const key = steps[0]?.stdin?.trim();
    foreseeDevice(input, foreseen, {
      ...device,
      ...(key === undefined ? {} : { private_key: key, public_key: publicKeyOf(key) }),
      listen_port: input.listen_port ?? device.listen_port,
      fwmark: input.fwmark === undefined ? device.fwmark : input.fwmark || null,
    });
  },
});
