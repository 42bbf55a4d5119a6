import { closest, ConfigError, type ConfigOf } from '@steersman/config';
import { connectApi, listNodes } from '../cluster/api.ts';
import { checkNodeFolders, type Chosen, chooseCluster, requireRoot, stateOf } from '../cluster/choose-cluster.ts';
import { writeJson } from '../cluster/json-file.ts';
import { lock } from '../cluster/lock.ts';
import { observe } from '../cluster/records.ts';
import { takenRanges } from '../cluster/ensure-state.ts';
import { type Capacity, type ClusterState, nodesOf, type NodeState } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import type { nodeSettings } from '../command/settings.ts';
import { UserError } from '../command/user-error.ts';
import { finder } from '../machine/programs.ts';
import { awaitNode, awaitReady } from '../up/await-ready.ts';
import { prepare } from '../up/prepare.ts';
import { applyPlan } from './apply-plan.ts';
import { machineCapacity, share } from './capacity.ts';
import { drain } from './drain.ts';
import { endNode, forgetNode } from './end-node.ts';
import { printNodes } from './print-nodes.ts';
import { switched, wishedCapacity, withNode } from './plan-nodes.ts';

export interface NodeRequest {
  readonly config: ConfigOf<typeof nodeSettings>;
  readonly operands: readonly string[];
}

/** Of a DNS label: it becomes a host name, a folder and a part of socket paths. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/;

interface Work extends Chosen {
  readonly state: ClusterState;
  readonly node: string;
  readonly config: NodeRequest['config'];
  readonly context: Context;
}

const VERBS: Readonly<Record<string, (work: Work) => Promise<void>>> = { add, remove, stop, start };

/** `node ls`, and changes of the nodes of this machine. */
export async function node({ config, operands }: NodeRequest, context: Context): Promise<void> {
  const [word = '', name, ...rest] = operands;
  const verbs = ['ls', ...Object.keys(VERBS)];
  const problems = [
    ...(verbs.includes(word) ? [] : [`node: say what to do: ${verbs.join(', ')}${didYouMean(word, verbs)}`]),
    ...(word !== 'ls' && verbs.includes(word) && !NAME.test(name ?? '')
      ? [`node ${word}: name the node, with at most 20 lower case letters, digits and dashes`]
      : []),
    ...rest.map(extra => `unexpected argument "${extra}"`),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const chosen = chooseCluster(config, context.registry);
  const state = stateOf(chosen, context.registry);
  if (word === 'ls') return await printNodes({ ...chosen, state }, context);
  requireRoot(`node ${word}`);
  const { clock, signal } = context;
  using _ = await lock(chosen.layout.lock, { clock, signal });
  if (!observe(chosen.layout).some(({ state: found }) => found === 'running')) {
    throw new UserError(`cluster "${chosen.name}" is down`, { hint: `bring it up first: steersman up --name ${chosen.name}` });
  }
  await VERBS[word]?.({ ...chosen, state, node: name ?? '', config, context });
}

function didYouMean(word: string, verbs: readonly string[]): string {
  const near = closest(word, verbs);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

async function add(work: Work): Promise<void> {
  const { state, node: name, config, context } = work;
  if (name === state.nodeName || nodesOf(state).some(known => known.name === name)) {
    throw new UserError(`there is a node "${name}" already`, { hint: 'steersman node ls shows them' });
  }
  const others = context.registry.others(state.name);
  const joined = state.switchRange === undefined ? switched(state, takenRanges(others)) : state;
  const next = withNode(joined, { name, ...defaultCapacity(state), ...wishedCapacity(config) });
  checkNodeFolders(work.layout, nodesOf(next));
  await follow(work, next);
  if (state.switchRange === undefined) return await awaitReady({ layout: work.layout, state: next, context }); // all have moved to the switch
  await ready(work, next);
}

/** As large as the others; beside a first node that has the whole machine, half of it. */
const defaultCapacity = (state: ClusterState): Capacity => {
  const [known] = nodesOf(state);
  if (!known) return state.capacity ?? share(machineCapacity(), 2);
  return { cpuMillis: known.cpuMillis, memoryBytes: known.memoryBytes };
};

async function start(work: Work): Promise<void> {
  const found = furtherNode(work);
  if (!found.isStopped) return work.context.out.print(`Node ${found.name} is on already.`);
  const next = withChange(work.state, { ...found, isStopped: false });
  await follow(work, next);
  await ready(work, next);
}

async function stop(work: Work): Promise<void> {
  const found = furtherNode(work);
  if (found.isStopped) return work.context.out.print(`Node ${found.name} is off already.`);
  const next = withChange(work.state, { ...found, isStopped: true });
  await work.context.steps.run(
    `node ${found.name}`,
    () => turnOff(work, found, next),
    () => 'off',
  );
}

async function remove(work: Work): Promise<void> {
  const { layout, state, config, context } = work;
  const { clock, signal, steps } = context;
  const found = furtherNode(work);
  using api = connectApi(layout, state);
  if (!config.force && !found.isStopped) {
    await steps.run(
      'pods',
      () => drain(found.name, { api, clock, signal }),
      count => `${count} moved away`,
    );
  }
  const next = { ...state, nodes: nodesOf(state).filter(({ name }) => name !== found.name) };
  await steps.run(
    `node ${found.name}`,
    async () => {
      await turnOff(work, found, next);
      await forgetNode(found, { layout, state, clock, signal });
      await api.send({ method: 'DELETE', path: `/api/v1/nodes/${found.name}` }, signal);
    },
    () => 'gone',
  );
}

async function turnOff(work: Work, found: NodeState, next: ClusterState): Promise<void> {
  const { layout, context } = work;
  await follow(work, next);
  await endNode(found, { layout, state: next, clock: context.clock, signal: context.signal });
}

function furtherNode({ state, node: name }: Work): NodeState {
  const found = nodesOf(state).find(known => known.name === name);
  if (found) return found;
  if (name === state.nodeName) {
    throw new UserError(`node "${name}" is this machine itself`, { hint: 'steersman down stops the whole cluster' });
  }
  throw new UserError(`there is no node "${name}" on this machine`, { hint: 'steersman node ls shows them' });
}

const withChange = (state: ClusterState, changed: NodeState): ClusterState => ({
  ...state,
  nodes: nodesOf(state).map(known => (known.name === changed.name ? changed : known)),
});

/** Remembers the state, and makes what runs follow it. */
async function follow({ layout, context }: Work, state: ClusterState): Promise<void> {
  const find = finder(context.env['PATH']);
  writeJson(layout.state, state);
  const change = (): Promise<void> => prepare({ layout, state, find, context });
  await applyPlan({ layout, state, change }, context);
}

async function ready({ layout, node: name, context }: Work, state: ClusterState): Promise<void> {
  using api = connectApi(layout, state);
  await awaitNode(name, { api, layout, state, context, signal: context.signal });
  const all = await listNodes(api, context.signal);
  context.out.print(`\nThe cluster has ${all.length} nodes: ${all.map(found => found.name).join(', ')}.`);
}
