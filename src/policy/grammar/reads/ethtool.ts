// The grammar of ethtool: what a device is and has counted, never what it is to become.
import { none, type Place, type Program, type Term } from '../table.js';
import { DEVICE } from '../values.js';

const ON_DEVICE: Place = { operands: [{ type: DEVICE }] };
const read = (name: string, ...aliases: string[]): Term => ({ name, aliases, next: ON_DEVICE });

export const ETHTOOL: Program = {
  name: 'ethtool',
  package: 'ethtool',
  says: 'Shows what a device and its driver are, can do and have counted.',
  // Without net_admin, so that the kernel does not tell the Wake-on-LAN password (ETHTOOL_GWOL).
  effect: 'read',
  place: {
    terms: [
      { name: '--json' },
      { name: '-I', aliases: ['--include-statistics'] },
      read('-i', '--driver'),
      read('-k', '--show-features', '--show-offload'),
      read('-S', '--statistics'),
      read('-g', '--show-ring'),
      read('-c', '--show-coalesce'),
      read('-a', '--show-pause'),
      read('-l', '--show-channels'),
      read('-n', '--show-nfc', '--show-ntuple', '-u'),
      read('-T', '--show-time-stamping'),
      read('-P', '--show-permaddr'),
      { ...read('-m', '--module-info', '--dump-module-eeprom'), capabilities: ['net_admin'] },
      read('--phy-statistics'),
      read('--show-priv-flags'),
      read('--show-eee'),
      read('--show-fec'),
      read('--show-tunnels'),
      read('--show-module'),
      ...none(
        ['-s', '--change', '-A', '--pause', '-C', '--coalesce', '-G', '--set-ring', '-K', '--features', '--offload', '-L', '--set-channels'],
        'it changes the device',
      ),
      ...none(
        ['-N', '-U', '--config-nfc', '--config-ntuple', '-X', '--set-rxfh-indir', '--rxfh', '-W', '--set-dump', '-Q', '--per-queue'],
        'it changes the device',
      ),
      ...none(
        ['--set-priv-flags', '--set-eee', '--set-fec', '--set-phy-tunable', '--set-tunable', '--set-module', '--reset', '-r', '--negotiate'],
        'it changes the device',
      ),
      ...none(['-E', '--change-eeprom', '-f', '--flash'], 'it writes into the device'),
      ...none(['-t', '--test', '-p', '--identify', '--cable-test', '--cable-test-tdr'], 'it takes the device out of work'),
      ...none(['-d', '--register-dump', '-e', '--eeprom-dump', '-w', '--get-dump'], 'it reads raw memory of the device, and may write a file'),
      ...none(['-x', '--show-rxfh', '--show-rxfh-indir'], 'it shows the key of the flow hash, and secrets are never shown'),
      ...none(['--monitor'], 'it never ends'),
    ],
    operands: [{ type: DEVICE }],
  },
};
