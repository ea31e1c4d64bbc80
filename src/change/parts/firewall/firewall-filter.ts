// What allow, drop and reject have in common: everything but the verdict.
import type { Foreseen } from '../../plan/foreseen.js';
import type { World } from '../../plan/world.js';
import { ruleId, type Wanted } from './firewall.js';
import { cutsOf, Match, type MatchInput, matchWords, ruleSubjects, wishOf } from './firewall-match.js';
import { foreseeRules, othersAt, planRules, ShownRules, shownRules, tellRules } from './firewall-rule.js';

/** A verdict: the name of its operation, and what nft is told (nft(8), verdict statements). */
interface Verdict {
  name: 'allow' | 'drop' | 'reject';
  words(input: MatchInput): string;
}

/** The members of an operation that puts a rule with this verdict into our table. */
export function filtering({ name, words }: Verdict) {
  const idOf = (input: MatchInput, world: World) => ruleId(name, wishOf(input, world));
  const wanted = (input: MatchInput, world: World): Wanted => ({
    id: idOf(input, world),
    chain: input.hook,
    rules: [[...matchWords(input, world), words(input)].join(' ')],
    at: input.at,
  });
  return {
    name,
    action: 'firewall.set' as const,
    destroys: false,
    input: Match,
    namespaces: ({ namespace }: MatchInput) => [namespace],
    needs: ['links', 'firewall'] as const,
    subjects: ({ namespace, in_link, out_link, source, destination }: MatchInput, world: World) =>
      ruleSubjects(world, namespace, [in_link, out_link], [source, destination]),
    plan: (input: MatchInput, world: World) =>
      planRules(world, input.namespace, wanted(input, world), name === 'allow' ? {} : { cuts: cutsOf(world.at(input.namespace), input) }),
    foresee: (input: MatchInput, foreseen: Foreseen) => foreseeRules(foreseen, input.namespace, wanted(input, foreseen)),
    result: ShownRules,
    show: (input: MatchInput, world: World) => shownRules(world, input.namespace, idOf(input, world), othersAt(world, input.namespace, input.hook)),
    tell: tellRules,
  };
}
