// The grammar of nft: `list` and nothing else. nft puts its words together and reads them as a script, so that no word may hold more than a name.
import { none, type Place, type Program, type Term } from '../table.js';
import { oneOf, pattern } from '../values.js';

const FAMILY = { type: oneOf(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']), least: 0 };
const name = (says: string) => ({ type: pattern(says, /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/) });

const all = (...names: string[]): Term[] => names.map((object) => ({ name: object, next: { operands: [FAMILY] } }));
const one = (...names: string[]): Term[] => names.map((object) => ({ name: object, next: { operands: [FAMILY, name('a table'), name(`a ${object}`)] } }));

const LIST: Place = {
  terms: [
    ...all('ruleset', 'tables', 'chains', 'sets', 'maps', 'flowtables', 'counters', 'quotas', 'limits', 'hooks'),
    { name: 'table', next: { operands: [FAMILY, name('a table')] } },
    ...one('chain', 'set', 'map', 'flowtable', 'counter', 'quota', 'limit'),
  ],
  needs: 'what to list: ruleset, tables, table …',
};

export const NFT: Program = {
  name: 'nft',
  package: 'nftables',
  says: 'Lists the ruleset of the namespace.',
  effect: 'read',
  // The kernel shows rules only to CAP_NET_ADMIN (nfnetlink_rcv, net/netfilter/nfnetlink.c).
  capabilities: ['net_admin'],
  place: {
    style: 'getopt',
    terms: [
      { name: '-a', aliases: ['--handle'] },
      { name: '-n', aliases: ['--numeric'], most: 2 },
      { name: '-j', aliases: ['--json'] },
      { name: '-s', aliases: ['--stateless'] },
      { name: '-t', aliases: ['--terse'] },
      { name: '-y', aliases: ['--numeric-priority'] },
      { name: '-p', aliases: ['--numeric-protocol'] },
      { name: '-T', aliases: ['--numeric-time'] },
      { name: '-S', aliases: ['--service'] },
      { name: 'list', next: LIST },
      ...none(
        ['-f', '--file', '-I', '--includepath', '-i', '--interactive', '-D', '--define', '-c', '--check', '-o', '--optimize'],
        'it reads rules from somewhere, and only list is permitted',
      ),
      ...none(['-N', '--reversedns'], 'it asks name servers about every address'),
      ...none(['-e', '--echo', '-d', '--debug'], 'it belongs to changes'),
      ...none(
        ['add', 'create', 'insert', 'replace', 'delete', 'destroy', 'rename', 'flush', 'reset', 'import'],
        'it changes the ruleset, and only list is permitted',
      ),
      ...none(['monitor'], 'it never ends'),
      ...none(['export', 'describe', 'get', 'include'], 'only list is permitted'),
    ],
    needs: 'list',
  },
};
