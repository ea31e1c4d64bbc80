// The configuration of wireguard links, keys included, from wg(8). It is read for changes alone, and no answer shows it.
import type { WireguardDevice, WireguardPeer } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';

/** Also those of wireguard-go, which answer by a socket named after the link: of all namespaces that share /run. */
export const WIREGUARD_COMMAND = ['wg', 'show', 'all', 'dump'] as const;

const known = (text: string | undefined): string | null => (text === undefined || text === '(none)' || text === 'off' ? null : text);
const numberOf = (text: string | undefined): number | null => (known(text) === null ? null : Number(text));

function parsePeer([key = '', preshared, endpoint, allowed, , , , keepalive]: readonly string[]): WireguardPeer {
  return {
    public_key: key,
    preshared_key: known(preshared),
    endpoint: known(endpoint),
    allowed_ips: known(allowed)?.split(',') ?? [],
    keepalive_s: numberOf(keepalive),
  };
}

/** Reads what `WIREGUARD_COMMAND` printed: a line of five fields for a link, then one of nine for each of its peers. */
export function parseWireguard(text: string): WireguardDevice[] {
  const devices: WireguardDevice[] = [];
  for (const line of text.split('\n').filter(Boolean)) {
    const [name = '', ...fields] = line.split('\t');
    const device = visible(name);
    if (fields.length === 4) {
      const [privateKey, publicKey, port, mark] = fields;
      const listenPort = numberOf(port);
      devices.push({
        ...{ device, private_key: known(privateKey), public_key: known(publicKey) },
        listen_port: listenPort === 0 ? null : listenPort,
        fwmark: numberOf(mark),
        peers: [],
      });
    } else if (fields.length === 8) devices.find((each) => each.device === device)?.peers.push(parsePeer(fields));
  }
  return devices;
}
