import type { ObjectTree } from '../../mapi/object-tree.ts';
import { meets } from '../../mapi/restriction-evaluator.ts';
import { type Rule, ST_ENABLED, ST_EXIT_LEVEL, ST_ONLY_WHEN_OOF, ST_RULE_PARSE_ERROR } from '../../mapi/rule.ts';
import { PR_RULES_DATA } from '../../mapi/tags.ts';
import { loadValue } from '../../store/load.ts';
import { mayPass } from '../may-pass.ts';
import { act, changesMessage, markAsForwarded } from './actions.ts';
import { ruleSubject } from './condition.ts';
import { RuleRun, type RuleScene } from './rule-run.ts';
import { readRules } from './rule-table.ts';

/**
 * Applies the rules of the folder where a message arrives, in their order, as the
 * original does before it saves the message: what they decide is in the run that is answered.
 * A rule or action that makes no sense or can't be done is passed over; throws only
 * what may be over when the mail comes again.
 */
export async function processRules(scene: RuleScene, message: ObjectTree): Promise<RuleRun> {
  const run = new RuleRun(scene, message);
  for (const rule of await rulesOf(scene)) {
    if (!applies(run, rule)) continue;
    await applyRule(run, rule);
    if (run.deleted || (rule.state ?? 0) & ST_EXIT_LEVEL) break;
  }
  if (run.forwarded) markAsForwarded(run);
  return run;
}

async function rulesOf({ platform, inbox, log }: RuleScene): Promise<Rule[]> {
  const data = await loadValue(platform, inbox.documents, PR_RULES_DATA);
  if (!Buffer.isBuffer(data) || data.length === 0) return [];
  try {
    return readRules(data);
  } catch (error) {
    log.warn({ error, bytes: data.length }, 'the rules can not be read; none is applied');
    return [];
  }
}

function applies(run: RuleRun, rule: Rule): boolean {
  const { log, isAway } = run.scene;
  const { sequence, state = 0, condition, actions } = rule;
  if ((state & ST_ENABLED) === 0 || (state & ST_ONLY_WHEN_OOF && !isAway)) return false;
  if (rule.broken !== undefined || state & ST_RULE_PARSE_ERROR) {
    log.warn({ error: rule.broken, rule: sequence }, 'a rule makes no sense and is passed over');
    return false;
  }
  if (!condition || !actions) return false;
  try {
    return meets(condition, ruleSubject(run.message));
  } catch (error) {
    log.warn({ error, rule: sequence }, 'the condition of a rule can not be evaluated');
    return false;
  }
}

async function applyRule(run: RuleRun, { sequence, actions = [] }: Rule): Promise<void> {
  const inOrder = [...actions.filter(changesMessage), ...actions.filter((action) => !changesMessage(action))];
  for (const action of inOrder) {
    try {
      await act(run, action);
      run.scene.log.info({ rule: sequence, action: action.kind }, 'rule applied');
    } catch (error) {
      if (mayPass(error)) throw error;
      run.scene.log.warn({ error, rule: sequence, action: action.kind }, 'an action of a rule is passed over');
    }
    if (run.deleted) return;
  }
}
